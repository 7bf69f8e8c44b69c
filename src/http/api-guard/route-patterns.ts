/**
 * The patterns of routes, for the log and the metrics. API calls are matched here before they are routed,
 * because a refused call never reaches the router.
 */
import { Elysia } from "elysia";
import { isSlug } from "../../lib/slug.ts";
import { getContext, type RoutePattern, readPath } from "../context.ts";

/**
 * Notes the pattern of every route registered after it. The routes of the API come before it and note their
 * own, so that no call of the API pays for the hook.
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
      // A body that cannot be parsed never gets that far.
      .onError({ as: "global" }, (context) => {
        if ("route" in context) note(context.request, context.route);
      })
  );
}

/** A pattern that a path matches. */
interface MatchedRoute {
  readonly route: RoutePattern;
  /** The value of `:programSlug`, if it could be the slug of a program. */
  readonly slug?: string;
}

/** Makes what finds the first of some patterns, such as `/api/v1/programs/:programSlug`, that a path matches. */
export function createRouteFinder(patterns: readonly string[]): (request: Request) => MatchedRoute | undefined {
  const known = patterns.map((pattern) => ({
    route: pattern as RoutePattern,
    form: new RegExp(`^${pattern.replace(/:(\w+)/g, "(?<$1>[^/]*)")}$`),
  }));
  return (request) => {
    const path = readPath(request.url).replace(/\/$/, "");
    for (const { route, form } of known) {
      const match = form.exec(path);
      if (match === null) continue;
      const slug = match.groups?.programSlug ?? "";
      return isSlug(slug) ? { route, slug } : { route };
    }
    return undefined;
  };
}
