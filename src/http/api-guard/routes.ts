/**
 * What a route of the JSON API is. A route that names a program must declare the permission it needs,
 * or it does not compile; its handler gets a `GrantedProgram`, without which no data can be reached.
 */
import type { GrantedProgram, Permission } from "../../domain/access/grants.ts";
import type { RouteDocs } from "../../domain/openapi/operations.ts";
import { getContext } from "../context.ts";
import { type CallingKey, getCallingKey, openProgram } from "./require-api-key.ts";

/** What every handler is told. */
export interface ApiCall {
  readonly apiKey: CallingKey;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly request: Request;
  readonly now: Date;
}

/** What the handler of a program's route is told. */
export interface ProgramCall<P extends Permission> extends ApiCall {
  readonly program: GrantedProgram<P>;
}

/** The methods that the API knows. HEAD comes with GET. */
export type ApiMethod = "GET" | "POST";

type Handler<Call> = (call: Call) => Response | Promise<Response>;

/** A path that names a program, below `/api/v1`. */
export type ProgramPath = `/${string}:programSlug${string}`;

/** One route, ready to be mounted behind the guard. */
export interface ApiRoute {
  readonly method: ApiMethod;
  readonly path: string;
  /** Null for routes that any good key may call. */
  readonly permission: Permission | null;
  /** What the API's documents say of it. */
  readonly docs: RouteDocs;
  respond(request: Request, params: Readonly<Record<string, string>>): Response | Promise<Response>;
}

/** A route that any key may call that passes rules 1 to 7. Its path names no program. */
export function keyRoute<const Path extends `/${string}`>(route: {
  method: ApiMethod;
  path: Path extends ProgramPath ? never : Path;
  docs: RouteDocs;
  handle: Handler<ApiCall>;
}): ApiRoute {
  return {
    method: route.method,
    path: route.path,
    permission: null,
    docs: route.docs,
    respond: (request, params) => route.handle(readCall(request, params)),
  };
}

/** A route to one program's data, open to keys that hold the permission on it. */
export function programRoute<const P extends Permission>(route: {
  method: ApiMethod;
  path: ProgramPath;
  permission: P;
  docs: RouteDocs;
  handle: Handler<ProgramCall<P>>;
}): ApiRoute {
  return {
    method: route.method,
    path: route.path,
    permission: route.permission,
    docs: route.docs,
    respond(request, params) {
      // Rule 8 comes before anything about the program or the query is looked at.
      const slug = params.programSlug ?? "";
      const program = openProgram(request, { slug, permission: route.permission });
      if (program instanceof Response) return program;
      return route.handle(Object.assign(readCall(request, params), { program }));
    },
  };
}

function readCall(request: Request, params: Readonly<Record<string, string>>): ApiCall {
  return {
    apiKey: getCallingKey(request),
    params,
    // Read when it is asked for: it costs more than the answer of a route that has no parameters.
    get query() {
      return new URL(request.url).searchParams;
    },
    request,
    now: getContext(request).receivedAt,
  };
}
