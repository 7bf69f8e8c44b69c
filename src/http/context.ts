/** The request context: what is known about one request while it is answered, filled in along the way and logged at the end. */

import type { Checks, RefusalReason } from "../domain/access/authentication.ts";
import type { GrantedProgram } from "../domain/access/grants.ts";
import type { CodeProblem } from "../domain/access/people/factors/codes.ts";
import type { PasskeyProblem } from "../domain/access/people/factors/passkeys.ts";
import type { Person } from "../domain/access/people/find.ts";
import type { Session } from "../domain/access/people/sessions.ts";
import type { SignInProblem } from "../domain/access/people/sign-in.ts";
import type { Address } from "../lib/net/subnets.ts";
import type { Trace } from "../lib/net/trace-context.ts";
import type { Fingerprint } from "../lib/secrets/derived-keys.ts";
import type { Checked } from "../log.ts";
import type { SignOnPageProblem } from "../views/account/sign-on.tsx";
import type { Notice } from "../views/parts/layout.tsx";

/** Names a request in its answer and in the log. */
export type RequestId = Checked<"request id">;

/** The pattern of a registered route (`/api/v1/admin/programs/:programSlug/applications`); never a path. */
export type RoutePattern = Checked<"route pattern">;

/** The pattern of a request that no route matches. */
export const noRoute = "none" as RoutePattern;

/** The limits that a call can exceed. */
export type LimitPolicy = "refused-calls" | "key-calls" | "anonymous-pages";

/** What became of a sign-in, a sign-out, or a password that was asked for again. */
type SignInOutcome =
  | SignInProblem
  | SignOnPageProblem
  | CodeProblem
  | PasskeyProblem
  | "signed_in"
  | "signed_out"
  | "confirmed";

/** What is known about one request and its answer. */
export interface RequestContext {
  readonly requestId: RequestId;
  /** The trace that it came with. */
  readonly trace: Trace | undefined;
  /** The path as `readGuardedPath` reads it; empty when the request could not be read. */
  readonly guardedPath: string;
  /** Only the headers are wanted: the request is answered like GET, but leaves no trace and uses nothing up. */
  readonly isHead: boolean;
  readonly receivedAt: Date;
  /** The same moment on the process's own clock (`performance.now()`), for durations. */
  readonly startedMs: number;
  /** The address at the other end of the socket, whatever a header says. */
  readonly peer: string | undefined;
  /** The client's address by the configured rule; undefined when it cannot be told. */
  readonly address: Address | undefined;
  /** The pattern of the route that answers, `none` until one matched. */
  route: RoutePattern;
  /** Set once an API call passed rules 1 to 7. */
  checks?: Checks;
  /** What the call was allowed to do, once rule 8 held. */
  grant?: GrantedProgram;
  /** The part of the path where the route's pattern has the slug. There may be no such program. */
  slug?: string;
  /** The key of a call, once it is known to exist, whether or not the call is allowed. */
  key?: { readonly id: number; readonly keyId: string };
  /** Represents an unknown key id, a malformed credential or an unknown e-mail, which are never stored. */
  fingerprint?: Fingerprint;
  /** Why a call was refused: the answer is the 401. */
  refusal?: RefusalReason;
  /** The limit that a call exceeded: the answer is 429. */
  limit?: LimitPolicy;
  /** Who is signed in, on a page. */
  session?: Session;
  /** The browser has the cookie of a session that has ended. */
  hasEnded?: boolean;
  /** What was typed into the form of this page before the session ended. */
  typed?: URLSearchParams;
  /** What the page says above its content, unless it has something else to say. */
  notice?: Notice;
  /** The session of somebody who has to set up a second factor first. */
  lacksSecondFactor?: Session;
  /** Whether somebody signed in or out, or why not, and whose account was meant if it exists. */
  signIn?: { readonly outcome: SignInOutcome; readonly account: Person | undefined };
  /** The `Set-Cookie` lines of the answer, whatever it is. */
  readonly setCookies: string[];
  /** Whose personal data a person was shown: a program's slug and, where it was one, an application's id. */
  viewed?: Checked<"viewed">;
  /** How many active keys expire soon, for the pages of admins. */
  expiringCount?: number;
}

const contexts = new WeakMap<Request, RequestContext>();

/** Begins the context of a request. */
export function beginContext(request: Request, context: RequestContext): RequestContext {
  contexts.set(request, context);
  return context;
}

/** The context of a request. Throws when there is none: only `createApp` answers requests. */
export function getContext(request: Request): RequestContext {
  const context = contexts.get(request);
  if (context === undefined) throw new Error("a request without a context");
  return context;
}

/** Records for the log whose personal data a person sees: a program's applications, or one of them. */
export function noteViewed(request: Request, program: GrantedProgram<"READ">, applicationId?: string): void {
  const viewed = applicationId === undefined ? program.slug : `${program.slug}/${applicationId}`;
  getContext(request).viewed = viewed as Checked<"viewed">;
}

/** The caller's request id when it is 1 to 64 of `A-Za-z0-9._-`, else a new UUID. */
export function readRequestId(request: Request): RequestId {
  const given = request.headers.get("x-request-id");
  const isGood = given !== null && /^[A-Za-z0-9._-]{1,64}$/.test(given);
  return (isGood ? given : crypto.randomUUID()) as RequestId;
}

/**
 * The path as the strictest reader would understand it: decoded, slashes folded, lower case. Guards of
 * a prefix look at this, so that no spelling of a path gets around them.
 */
export function readGuardedPath(request: Request): string {
  const { url } = request;
  const path = readPath(url);
  // Nearly every path has one spelling only.
  if (/^(\/[\w-][\w.-]*)+$/.test(path)) return path.toLowerCase();
  return decodeRepeatedly(new URL(url).pathname)
    .replaceAll("\\", "/")
    .replace(/\/{2,}/g, "/")
    .toLowerCase();
}

/** The path of an absolute address as it is written there: what `URL` says, at a tenth of its cost. */
export function readPath(url: string): string {
  const start = url.indexOf("/", url.indexOf("//") + 2);
  const query = url.indexOf("?", start);
  return start < 0 ? "/" : url.slice(start, query < 0 ? undefined : query);
}

function decodeRepeatedly(path: string): string {
  let decoded = path;
  for (let round = 0; round < 3 && decoded.includes("%"); round += 1) {
    try {
      decoded = decodeURIComponent(decoded);
    } catch {
      // Not an encoding: what is there is what is meant.
      return decoded;
    }
  }
  return decoded;
}

/** Tells whether a guarded path is a prefix or lies below it. */
export function isBelow(path: string, prefix: string): boolean {
  return path === prefix || path.startsWith(`${prefix}/`);
}

/** Tells whether the API answers a request, however its path is spelled. */
export function isApiRequest(request: Request): boolean {
  return isBelow(getContext(request).guardedPath, "/api");
}
