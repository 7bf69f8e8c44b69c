/**
 * The routes of the JSON API. A route that names a program does not compile unless it declares the permission
 * it needs. Its handler gets a `GrantedProgram`, without which no data can be reached.
 */
import type { GrantedProgram, Permission } from "../../domain/access/grants.ts";
import type { RouteDocs } from "../../domain/openapi/operations.ts";
import { getContext } from "../context.ts";
import { type CallingKey, getCallingKey, openProgram } from "./require-api-key.ts";

/** What every handler gets. */
export interface ApiCall {
  readonly apiKey: CallingKey;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly request: Request;
  readonly now: Date;
}

/** What the handler of a program's route gets. */
export interface ProgramCall<P extends Permission> extends ApiCall {
  readonly program: GrantedProgram<P>;
}

/** The methods of the API. HEAD comes with GET. */
type ApiMethod = "GET" | "POST";

type Handler<Call> = (call: Call) => Response | Promise<Response>;

/** A path that names a program, below `/api/v1`. */
type ProgramPath = `/${string}:programSlug${string}`;

/** One route, ready to be mounted behind the guard. */
export interface ApiRoute {
  readonly method: ApiMethod;
  readonly path: string;
  /** Null for routes that any valid key may call. */
  readonly permission: Permission | null;
  /** The route retires the key that calls it, and the rules ask less of it. */
  readonly retiresKey?: true;
  /** What the API's documents say about it. */
  readonly docs: RouteDocs;
  respond(request: Request, params: Readonly<Record<string, string>>): Response | Promise<Response>;
}

/** A route for every key that passes rules 1 to 7. Its path names no program. */
export function keyRoute<const Path extends `/${string}`>({
  handle,
  ...route
}: {
  method: ApiMethod;
  path: Path extends ProgramPath ? never : Path;
  docs: RouteDocs;
  handle: Handler<ApiCall>;
}): ApiRoute {
  return { ...route, permission: null, respond: (request, params) => handle(readCall(request, params)) };
}

/** The route that retires the key that calls it: any key that exists, with its secret. */
export function retirementRoute({
  handle,
  ...route
}: {
  path: `/${string}`;
  docs: RouteDocs;
  handle: Handler<Pick<ApiCall, "request" | "now">>;
}): ApiRoute {
  const respond = (request: Request) => handle({ request, now: getContext(request).receivedAt });
  return { ...route, method: "POST", permission: null, retiresKey: true, respond };
}

/** A route to one program's data, open to keys that hold the permission on it. */
export function programRoute<const P extends Permission>({
  handle,
  ...route
}: {
  method: ApiMethod;
  path: ProgramPath;
  permission: P;
  docs: RouteDocs;
  handle: Handler<ProgramCall<P>>;
}): ApiRoute {
  return {
    ...route,
    respond(request, params) {
      // Rule 8 comes before anything else about the program or the query.
      const slug = params.programSlug ?? "";
      const program = openProgram(request, { slug, permission: route.permission });
      if (program instanceof Response) return program;
      return handle(Object.assign(readCall(request, params), { program }));
    },
  };
}

function readCall(request: Request, params: Readonly<Record<string, string>>): ApiCall {
  return {
    apiKey: getCallingKey(request),
    params,
    // Parsed on demand: that costs more than the whole answer of a route without parameters.
    get query() {
      return new URL(request.url).searchParams;
    },
    request,
    now: getContext(request).receivedAt,
  };
}
