/** Finds the pattern of a path before it is routed: a refused call never reaches the router. */
import { readPath } from "./exchange.ts";

/** A pattern that a path has the form of. */
export interface MatchedRoute {
  readonly route: string;
  /** What stands for `:programSlug`, when a program could have it. */
  readonly slug?: string;
}

/** Longer than any slug of ours; what is longer, or has other characters, is no slug. */
const possibleSlug = /^[a-z0-9-]{1,200}$/;

/** Makes a search among patterns such as `/api/v1/programs/:programSlug`; the first one that fits counts. */
export function createRouteFinder(
  patterns: readonly string[],
): (request: Request) => MatchedRoute | undefined {
  const known = patterns.map((route) => ({ route, segments: route.split("/") }));
  const plain = new Map(
    patterns.filter((route) => !route.includes(":")).map((route) => [route, { route }]),
  );
  return (request) => {
    const path = readPath(request.url).replace(/\/$/, "");
    const match = plain.get(path);
    if (match !== undefined) return match;
    const given = path.split("/");
    const found = known.find(({ segments }) => fits(segments, given));
    if (found === undefined) return undefined;
    const slug = given[found.segments.indexOf(":programSlug")];
    return slug !== undefined && possibleSlug.test(slug)
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
