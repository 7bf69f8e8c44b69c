/**
 * The routes of the pages. One below `/admin` does not compile unless it declares the right that it needs, or is about
 * the person's own account. Its handler gets a `Permitted`, without which it can show and change nothing.
 */
import { NotFoundError } from "elysia";
import type { Actor } from "../../domain/access/audit/record.ts";
import { type Permitted, permit, type Right } from "../../domain/access/people/roles.ts";
import type { Session } from "../../domain/access/people/sessions.ts";
import { getContext } from "../context.ts";
import { readPageQuery } from "./forms.ts";
import { actorOf } from "./require-session.ts";

/** A request for a page. */
export interface OpenCall {
  readonly request: Request;
  readonly now: Date;
  /** The query of its address. Throws `invalid` for text that the database cannot store (NUL). */
  readonly query: URLSearchParams;
}

/** A request of a signed-in person. */
export interface PageCall extends OpenCall {
  readonly session: Session;
  readonly actor: Actor;
}

/** A request of a person whose roles give a right. */
export interface RoleCall<R extends Right> extends PageCall {
  readonly actor: Permitted<R>;
}

/** One route, ready to be mounted. */
export interface PageRoute {
  readonly method: "GET" | "POST";
  readonly path: string;
  respond(request: Request, params: Readonly<Record<string, string>>): Response | Promise<Response>;
}

type ParamOf<Path extends string> = Path extends `${string}:${infer Name}/${infer Rest}`
  ? Name | ParamOf<Rest>
  : Path extends `${string}:${infer Name}`
    ? Name
    : never;

/** What a path has in the places of its `:names`. */
type Params<Path extends string> = Readonly<Record<ParamOf<Path>, string>>;

type Handler<Path extends string, Call> = (
  call: Call & { readonly params: Params<Path> },
) => Response | Promise<Response>;

/** A request for a path of a person whose roles give a right. */
export type PathCall<Path extends string, R extends Right> = RoleCall<R> & { readonly params: Params<Path> };

/** A page for people whose roles give a right. To others it answers like an address where there is nothing. */
export function rolePage<const Path extends `/admin/${string}`, const R extends Right>(
  method: PageRoute["method"],
  path: Path,
  needs: R,
  handle: Handler<Path, RoleCall<R>>,
): PageRoute {
  const respond = (request: Request, params: Params<Path>) => {
    const session = getSession(request);
    const actor = permit(actorOf(request, session), { roles: session.roles, right: needs });
    if (actor === undefined) throw new NotFoundError();
    return handle(Object.assign(readCall(request), { session, actor, params }));
  };
  return { method, path, respond };
}

/** A page of one's own account, for everybody who is signed in. */
export function ownPage<const Path extends "/admin/account" | `/admin/account/${string}`>(
  method: PageRoute["method"],
  path: Path,
  handle: Handler<Path, PageCall>,
): PageRoute {
  const respond = (request: Request, params: Params<Path>) => {
    const session = getSession(request);
    return handle(Object.assign(readCall(request), { session, actor: actorOf(request, session), params }));
  };
  return { method, path, respond };
}

/** A page outside `/admin`, which decides by itself who may open it. */
export function openPage<const Path extends `/${string}`>(
  method: PageRoute["method"],
  path: Path extends `/admin${string}` ? never : Path,
  handle: Handler<Path, OpenCall>,
): PageRoute {
  const respond = (request: Request, params: Params<Path>) => handle(Object.assign(readCall(request), { params }));
  return { method, path, respond };
}

function readCall(request: Request): OpenCall {
  return {
    request,
    now: getContext(request).receivedAt,
    get query() {
      return readPageQuery(request);
    },
  };
}

/** The guard of `/admin` has found it by now. */
function getSession(request: Request): Session {
  const { session } = getContext(request);
  if (session === undefined) throw new Error("This page has no session.");
  return session;
}
