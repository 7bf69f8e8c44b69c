/**
 * The patterns of routes, for the log and the metrics. Those of the API are found before it is routed: a
 * refused call never reaches the router.
 */
import { Elysia } from "elysia";
import { isSlug } from "../../lib/slug.ts";
import { getContext, type RoutePattern, readPath } from "../context.ts";

/**
 * Notes the pattern of every route that is registered after this. The routes of the API come before it and
 * note theirs themselves: no call of the API pays for the hook.
 */
export function noteRoutes() {
  const note = (request: Request, route: string | undefined) => {
    if (route !== undefined) getContext(request).route = route as RoutePattern;
  };
  return (
    new Elysia({ name: "note-routes" })
      .onTransform({ as: "global" }, ({ request, route }) => {
        note(request, route);
      })
      // A body that cannot be parsed never gets as far as that.
      .onError({ as: "global" }, (context) => {
        if ("route" in context) note(context.request, context.route);
      })
  );
}

/** A pattern that a path has the form of. */
export interface MatchedRoute {
  readonly route: RoutePattern;
  /** What stands for `:programSlug`, when a program could have it. */
  readonly slug?: string;
}

/** Makes a search among patterns such as `/api/v1/programs/:programSlug`; the first one that fits counts. */
export function createRouteFinder(
  patterns: readonly string[],
): (request: Request) => MatchedRoute | undefined {
  const known = patterns.map((pattern) => ({
    route: pattern as RoutePattern,
    segments: pattern.split("/"),
  }));
  const plain = new Map<string, MatchedRoute>(
    known.filter(({ route }) => !route.includes(":")).map(({ route }) => [route, { route }]),
  );
  return (request) => {
    const path = readPath(request.url).replace(/\/$/, "");
    const match = plain.get(path);
    if (match !== undefined) return match;
    const given = path.split("/");
    const found = known.find(({ segments }) => fits(segments, given));
    if (found === undefined) return undefined;
    const slug = given[found.segments.indexOf(":programSlug")];
    return slug !== undefined && isSlug(slug)
      ? { route: found.route, slug }
      : { route: found.route };
  };
}

function fits(pattern: readonly string[], given: readonly string[]): boolean {
  return (
    pattern.length === given.length &&
    pattern.every((segment, index) => segment === given[index] || segment.startsWith(":"))
  );
}
