/**
 * The typed authentication plugin: everything under `/api/` passes rules 1 to 7 before it is routed,
 * parsed or validated, and a program's data passes rule 8. The rules are in `domain/authentication`.
 */
import { Elysia } from "elysia";
import {
  type Evidence,
  findRefusal,
  gatherEvidence,
  grantAccess,
  type RefusalReason,
} from "../domain/authentication.ts";
import { parseBasicCredentials, type SaltRing } from "../domain/credentials.ts";
import type { GrantedProgram, Permission } from "../domain/grants.ts";
import type { KeyLookup, StoredKey } from "../domain/key-lookup.ts";
import type { UsageRecorder } from "../domain/usage.ts";
import type { Log } from "../log.ts";
import { type Exchange, getExchange, isBelow, readGuardedPath } from "./exchange.ts";
import { unauthorizedResponse } from "./problem.ts";

/** What the guard needs. */
export interface ApiKeyGuardDeps {
  readonly lookup: KeyLookup;
  readonly salts: SaltRing;
  readonly usage: UsageRecorder;
  readonly log: Log;
}

/** The key that a call was made with, after rules 1 to 7. */
export type CallingKey = Pick<StoredKey, "id" | "keyId" | "expiration" | "grants">;

/** Tells whether a request is the API's to answer, however its path is spelled. */
export function isApiRequest(request: Request): boolean {
  return isBelow(readGuardedPath(request), "/api");
}

/** Guards `/api/` for the whole app, and gives its routes a typed `apiKey`. */
export function requireApiKey(deps: ApiKeyGuardDeps) {
  return new Elysia({ name: "require-api-key" })
    .onRequest(async ({ request }) => {
      if (!isApiRequest(request)) return;
      const exchange = getExchange(request);
      const evidence = await gatherEvidence(
        {
          credentials: parseBasicCredentials(request.headers.get("authorization")),
          address: exchange.address,
          now: exchange.receivedAt,
        },
        deps,
      );
      if (evidence.key !== undefined) {
        exchange.keyId = evidence.key.keyId;
        reportUnreadableSubnets(deps.log, evidence.key);
      }
      const refusal = findRefusal(evidence);
      if (refusal !== undefined) return refuse(exchange, refusal);
      exchange.evidence = evidence;
      recordUse(deps, evidence);
    })
    .derive({ as: "scoped" }, ({ request }) => ({ apiKey: getCallingKey(request) }));
}

/** The key of a call that the guard let through. Throws when the guard did not run: nothing is served then. */
export function getCallingKey(request: Request): CallingKey {
  const key = getExchange(request).evidence?.key;
  if (key === undefined) throw new Error("a call that was not authenticated");
  return key;
}

/** Rule 8: opens a program to the call, or gives the 401. */
export function openProgram<P extends Permission>(
  request: Request,
  wanted: { slug: string; permission: P },
): GrantedProgram<P> | Response {
  const exchange = getExchange(request);
  if (exchange.evidence === undefined) throw new Error("a call that was not authenticated");
  const access = grantAccess(exchange.evidence, wanted);
  return typeof access === "string" ? refuse(exchange, access) : access;
}

function refuse(exchange: Exchange, reason: RefusalReason): Response {
  exchange.refusal = reason;
  return unauthorizedResponse(exchange.requestId);
}

function recordUse(deps: ApiKeyGuardDeps, { key, address, now }: Evidence): void {
  if (key === undefined || address === undefined) return;
  deps.usage.record({ apiKeyId: key.id, address: address.text, at: now });
}

function reportUnreadableSubnets(log: Log, key: StoredKey): void {
  if (key.unreadableSubnets.length === 0) return;
  log.error({ keyId: key.keyId }, "a stored subnet cannot be parsed and admits nobody");
}
