/**
 * Guards the API: every call is checked against rules 1 to 7 before it is routed, parsed or validated, and
 * against rule 8 before it reaches a program's data. The rules are in `domain/access/authentication.ts`.
 */
import { Elysia } from "elysia";
import {
  type Checks,
  findRefusal,
  gatherChecks,
  grantAccess,
  type RefusalReason,
} from "../../domain/access/authentication.ts";
import { parseBasicCredentials, type SaltRing } from "../../domain/access/credentials.ts";
import type { GrantedProgram, Permission } from "../../domain/access/grants.ts";
import type { KeyLookup } from "../../domain/access/lookup.ts";
import type { Rehasher } from "../../domain/access/rehash.ts";
import type { StoredKey } from "../../domain/access/stored-keys.ts";
import type { UsageRecorder } from "../../domain/access/usage/recorder.ts";
import { fingerprint } from "../../lib/secrets/derived-keys.ts";
import type { Log } from "../../log.ts";
import { unauthorizedResponse } from "../answers/problem.ts";
import { getContext, isApiRequest, type RequestContext } from "../context.ts";
import { type RateLimits, tooManyCallsResponse } from "./rate-limit.ts";
import { createRouteFinder } from "./route-patterns.ts";

/** What the guard needs. */
export interface ApiKeyGuardDeps {
  readonly lookup: KeyLookup;
  readonly salts: SaltRing;
  readonly usage: UsageRecorder;
  readonly rehasher: Rehasher;
  readonly limits: RateLimits;
  /** Keys the fingerprints that represent unknown key ids. */
  readonly fingerprintKey: Uint8Array;
  readonly log: Log;
}

/** The key that a call was made with, after rules 1 to 7. */
export type CallingKey = Pick<StoredKey, "id" | "keyId" | "expiration" | "grants">;

/** Guards `/api/` for the whole app; `routes` are those of the API. */
export function requireApiKey(
  deps: ApiKeyGuardDeps,
  routes: readonly { readonly method: string; readonly pattern: string; readonly retiresKey?: true }[],
) {
  const findRoute = createRouteFinder(routes.map(({ pattern }) => pattern));
  const retiring = routes.filter(({ retiresKey }) => retiresKey);
  return new Elysia({ name: "require-api-key" }).onRequest(({ request }) => {
    if (!isApiRequest(request)) return;
    const context = getContext(request);
    Object.assign(context, findRoute(request));
    const isRetiring = retiring.some(({ method, pattern }) => method === request.method && pattern === context.route);
    return authenticateCall(deps, request, context, { isRetiring });
  });
}

/**
 * Limits and rules 1 to 7, or of those what is asked of a call that retires its own key, which is not counted as one.
 * Gives the answer of a call that may not pass.
 */
export async function authenticateCall(
  deps: ApiKeyGuardDeps,
  request: Request,
  context: RequestContext,
  { isRetiring } = { isRetiring: false },
): Promise<Response | undefined> {
  const { address, receivedAt: now } = context;
  const exhausted = deps.limits.findExhausted(address);
  if (exhausted !== undefined) return tooManyCallsResponse(context, exhausted);

  const header = request.headers.get("authorization");
  const credentials = parseBasicCredentials(header);
  const checks = await gatherChecks({ credentials, address, now, isRetiring }, deps);
  const { key } = checks;
  if (key !== undefined) {
    context.key = key;
    reportUnreadableSubnets(deps.log, key);
  }
  const refusal = findRefusal(checks);
  if (refusal !== undefined) {
    // Also for known keys, which do not need it, so that all refusals take the same time.
    const text = credentials.kind === "credentials" ? credentials.keyId : header;
    const standIn = text ? fingerprint(deps.fingerprintKey, text) : undefined;
    if (key === undefined && standIn !== undefined) context.fingerprint = standIn;
    return refuseCall(context, refusal);
  }
  context.checks = checks;
  if (isRetiring) return;
  recordUse(deps, checks);
  moveToCurrentSalt(deps, checks);
  const exceeded = key && deps.limits.countCall(key);
  return exceeded && tooManyCallsResponse(context, exceeded);
}

/** The key of a call that passed the guard. Throws when the guard did not run, or asked less because it retires its key. */
export function getCallingKey(request: Request): CallingKey {
  const { checks } = getContext(request);
  if (checks?.key === undefined || checks.isRetiring) throw new Error("This call was not authenticated.");
  return checks.key;
}

/** The key that a call is to retire. Throws when the guard did not run. */
export function getRetiringKey(request: Request): Pick<StoredKey, "id" | "keyId"> {
  const { checks } = getContext(request);
  if (checks?.key === undefined) throw new Error("This call was not authenticated.");
  return checks.key;
}

/** Rule 8: opens a program to the call, or answers 401. */
export function openProgram<P extends Permission>(
  request: Request,
  wanted: { slug: string; permission: P },
): GrantedProgram<P> | Response {
  const context = getContext(request);
  if (context.checks === undefined) throw new Error("This call was not authenticated.");
  const access = grantAccess(context.checks, wanted);
  if (typeof access === "string") return refuseCall(context, access);
  context.grant = access;
  return access;
}

/** The one 401; the reason is recorded. */
export function refuseCall(context: RequestContext, reason: RefusalReason): Response {
  context.refusal = reason;
  return unauthorizedResponse(context.requestId);
}

function recordUse(deps: ApiKeyGuardDeps, { key, address, now }: Checks): void {
  if (key === undefined || address === undefined) return;
  deps.usage.record({ apiKeyId: key.id, address: address.text, at: now });
}

function moveToCurrentSalt(deps: ApiKeyGuardDeps, { key, credentials }: Checks): void {
  if (key === undefined || credentials.kind !== "credentials") return;
  deps.rehasher.move(key, credentials.secret);
}

function reportUnreadableSubnets(log: Log, key: StoredKey): void {
  if (key.unreadableSubnets.length === 0) return;
  log.error({ keyId: key }, "a stored subnet cannot be parsed and admits nobody");
}
