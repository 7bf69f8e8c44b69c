/** Everything under `/admin` needs a session, checked before routing; without one the answer leads to sign-in. */
import { Elysia } from "elysia";
import type { Database } from "../../db/client.ts";
import type { Actor } from "../../domain/access/audit/record.ts";
import { countExpiringApiKeys } from "../../domain/access/keys/count.ts";
import { permit } from "../../domain/access/people/roles.ts";
import {
  findSession,
  mustSetUpSecondFactor,
  type Session,
  type SessionPolicy,
} from "../../domain/access/people/sessions.ts";
import { getContext, isBelow, type RequestContext } from "../context.ts";
import { isReading } from "../methods.ts";
import { type KeptFormDeps, keepSentForm, type SentForm } from "./kept-form.ts";
import type { TokenCookie } from "./session-cookie.ts";

/** What the guard needs. */
export interface SessionDeps {
  readonly db: Database;
  readonly cookie: TokenCookie;
  readonly sessionPolicy: SessionPolicy;
  /** Whether people who sign in with a password need a second factor. */
  readonly requiresSecondFactor: boolean;
}

/** What the guard needs besides. */
type GuardDeps = SessionDeps & KeptFormDeps;

/** Below this are the only pages for somebody who has to set up a second factor. */
export const secondFactorPath = "/admin/account/secondFactor";

/** Guards `/admin` for the whole app. */
export function requireSession(deps: GuardDeps) {
  return new Elysia({ name: "require-session" }).onRequest(({ request }) => {
    const context = getContext(request);
    return isBelow(context.guardedPath, "/admin") ? guard(deps, request, context) : undefined;
  });
}

/**
 * Sends anyone without a session to sign-in, and people without a role to their account, which says so. `/admin` leads to
 * where people begin: program admins, who change no keys, with the applications.
 */
async function guard(deps: GuardDeps, request: Request, context: RequestContext): Promise<Response | undefined> {
  const session = await readSession(deps, request);
  if (context.lacksSecondFactor && isBelow(context.guardedPath, secondFactorPath.toLowerCase())) {
    context.session = context.lacksSecondFactor;
    return undefined;
  }
  if (session === undefined) return leadToSignIn(request, await keepSentForm(deps, request));
  if (session.roles.length === 0) {
    return isBelow(context.guardedPath, "/admin/account") ? undefined : leadTo(request, "/admin/account");
  }
  const reader = permit(actorOf(request, session), { roles: session.roles, right: "see keys" });
  if (context.guardedPath === "/admin")
    return leadTo(request, reader?.programs ? "/admin/applications" : "/admin/apiKeys");
  if (reader) context.expiringCount = await countExpiringApiKeys(deps.db, { actor: reader, now: context.receivedAt });
  return undefined;
}

/**
 * Finds the session of a request to any page, and notes it for the log. The session of somebody who has to set up a
 * second factor opens nothing else: it is noted as `lacksSecondFactor`, and is none to whoever asks for one. With
 * `isLook`, it does not last longer for that.
 */
export async function readSession(
  deps: SessionDeps,
  request: Request,
  { isLook = false } = {},
): Promise<Session | undefined> {
  const token = deps.cookie.read(request);
  if (token === undefined) return undefined;
  const context = getContext(request);
  const session = await findSession(deps.db, {
    token,
    policy: deps.sessionPolicy,
    isLook,
    now: context.receivedAt,
  });
  if (session !== undefined && mustSetUpSecondFactor(session, deps)) {
    context.lacksSecondFactor = session;
    return undefined;
  }
  if (session === undefined) context.hasEnded = true;
  else context.session = session;
  return session;
}

/** The session of a request, whatever it opens. */
export async function readAnySession(
  deps: SessionDeps,
  request: Request,
  options?: { isLook: boolean },
): Promise<Session | undefined> {
  return (await readSession(deps, request, options)) ?? getContext(request).lacksSecondFactor;
}

/** The person of a session, as the one who acts. */
export function actorOf(request: Request, session: Session): Actor {
  return { name: session.person.email, address: getContext(request).address?.text ?? null };
}

/**
 * Leads to sign-in, or to the set-up of a second factor where only that is missing, which leads back to this page, or to
 * the page of a form that was sent.
 */
export function leadToSignIn(request: Request, sent?: SentForm): Response {
  const { pathname, search } = new URL(request.url);
  const { hasEnded = false, lacksSecondFactor } = getContext(request);
  const asked = isReading(request) ? { next: pathname + search, ...(hasEnded && { ended: "page" }) } : { ...sent };
  return leadTo(request, lacksSecondFactor ? secondFactorPath : "/login", new URLSearchParams(asked));
}

/** 303 to another page. htmx is told to go there instead of swapping it in. */
function leadTo(request: Request, path: string, query = new URLSearchParams()): Response {
  const isHtmx = request.headers.get("hx-request") === "true";
  return new Response(null, {
    status: isHtmx ? 401 : 303,
    headers: isHtmx ? { "HX-Redirect": path } : { Location: query.size === 0 ? path : `${path}?${query}` },
  });
}

/** The page to open after sign-in, which must be an admin page of ours; unless given, `/admin` leads to it. */
export function readNextPage(text: string | null): string {
  // Printable ASCII only: anything else would have to be encoded in a header.
  const isOwn = text !== null && /^\/(?:admin|docs\/api)(\/[\w\-./]*)?(\?[\x21-\x5b\x5d-\x7e]*)?$/.test(text);
  return isOwn ? text : "/admin";
}
