/** `GET /api/v1/key`, `POST …/retire` and `POST …/rotate`: what the holder of a key can see of it and do with it. */
import type { Database } from "../db/client.ts";
import type { ApiReads } from "../db/reads/call-reads.ts";
import type { Gate } from "../db/reads/gate.ts";
import type { SaltRing } from "../domain/access/credentials.ts";
import type { ApiKeyRules } from "../domain/access/keys/fields.ts";
import { type ApiKey, getApiKey } from "../domain/access/keys/find.ts";
import { readRenewalForm, renewApiKey } from "../domain/access/keys/renew.ts";
import { retireApiKey } from "../domain/access/keys/retire.ts";
import { permitOwnKey } from "../domain/access/people/roles.ts";
import { waitForDatabase } from "../http/answers/in-time.ts";
import { readJsonBody } from "../http/api-guard/json-body.ts";
import type { RateLimits } from "../http/api-guard/rate-limit.ts";
import { getRetiringKey, refuseCall } from "../http/api-guard/require-api-key.ts";
import { type ApiCall, type ApiRoute, keyRoute, retirementRoute } from "../http/api-guard/routes.ts";
import { getContext } from "../http/context.ts";
import { DomainError } from "../lib/errors.ts";
import { getOwnKeyDocs, retireOwnKeyDocs, rotateOwnKeyDocs } from "./own-key-docs.ts";

/** What these routes need. */
export interface OwnKeyDeps {
  readonly reads: ApiReads;
  /** For what is written, when it is its turn. */
  readonly db: Database;
  readonly writeGate: Gate;
  readonly limits: RateLimits;
  readonly rules: ApiKeyRules;
  readonly salts: SaltRing;
}

const bodyBytesMax = 1024;
const uncached = { "Cache-Control": "no-store" };

/** The routes of the key that makes the call. */
export function ownKeyRoutes(deps: OwnKeyDeps): ApiRoute[] {
  return [
    keyRoute({ method: "GET", path: "/key", docs: getOwnKeyDocs, handle: (call) => respondWithKey(deps, call) }),
    retirementRoute({ path: "/key/retire", docs: retireOwnKeyDocs, handle: (call) => retire(deps, call) }),
    keyRoute({ method: "POST", path: "/key/rotate", docs: rotateOwnKeyDocs, handle: (call) => rotate(deps, call) }),
  ];
}

async function respondWithKey({ reads, limits }: OwnKeyDeps, { apiKey, request, now }: ApiCall): Promise<Response> {
  const { address } = getContext(request);
  const actor = permitOwnKey(apiKey, null);
  const { ofState } = reads.begin({ apiKeyId: apiKey.id, signal: request.signal });
  const key = await ofState((db) => getApiKey(db, { id: apiKey.id, actor, now }));
  const left = limits.readLeft(apiKey);
  const answer = {
    ...describe(key),
    subnets: key.subnets,
    grants: key.grants.map(({ slug, permission, questions }) => ({ slug, permission, questions })),
    yourAddress: address?.text ?? null,
    rateLimit: left ? { limit: left.quota, remaining: left.remaining, resetSeconds: left.retryAfterSeconds } : null,
    renewUntil: key.renewUntil?.toISOString() ?? null,
  };
  return Response.json(answer, { headers: uncached });
}

function describe({ name, keyId, state, expiration }: ApiKey) {
  return { name, keyId, state, expiration: expiration.toISOString() };
}

async function retire(deps: OwnKeyDeps, { request, now }: Pick<ApiCall, "request" | "now">): Promise<Response> {
  const context = getContext(request);
  const { id, keyId } = getRetiringKey(request);
  const actor = permitOwnKey({ keyId }, context.address?.text ?? null);
  try {
    const work = () => retireApiKey(deps.db, { id, actor, now });
    const retired = await waitForDatabase(deps.writeGate.run(work, visitOf(id, request)));
    return Response.json(describe(retired), { headers: uncached });
  } catch (error) {
    // Of two calls at once, the second finds the key retired: it gets what every call gets from now on.
    if (error instanceof DomainError && error.code === "conflict") return refuseCall(context, "retired");
    throw error;
  }
}

async function rotate(deps: OwnKeyDeps, { apiKey, request, now }: ApiCall): Promise<Response> {
  const form = readRenewalForm(await readJsonBody(request, { bytesMax: bodyBytesMax }));
  const { rules, salts } = deps;
  const address = getContext(request).address?.text ?? null;
  const work = () => renewApiKey(deps.db, { apiKey, address, form, rules, salts, now });
  const rotated = await waitForDatabase(deps.writeGate.run(work, visitOf(apiKey.id, request)));
  const { successor, predecessor, credentials } = rotated;
  const answer = {
    ...describe(successor),
    secret: credentials.secret.reveal(),
    token: credentials.token.reveal(),
    renewUntil: successor.renewUntil?.toISOString() ?? null,
    predecessor: { keyId: predecessor.keyId, expiration: predecessor.expiration.toISOString() },
  };
  return Response.json(answer, { status: 201, headers: uncached });
}

const visitOf = (apiKeyId: number, { signal }: Request) => ({ apiKeyId, signal });
