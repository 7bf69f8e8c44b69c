/** What follows from a refused call: it counts towards its network's limit, and is recorded for admins. */
import type { RefusalRecorder } from "../../domain/access/refusals/recorder.ts";
import type { RequestContext } from "../context.ts";
import { type RateLimits, tooManyCallsResponse } from "./rate-limit.ts";

/** What this needs. */
export interface RefusalDeps {
  readonly refusals: RefusalRecorder;
  readonly limits: RateLimits;
}

/** Gives the answer to send: the 401 of a refused call, or 429 if calls made at the same time used up the limit. */
export function settleRefusal(deps: RefusalDeps, context: RequestContext, response: Response): Response {
  const { refusal, address, key, receivedAt, route, requestId } = context;
  if (refusal === undefined) return response;
  const exceeded = deps.limits.countRefused(address);
  if (exceeded !== undefined) {
    delete context.refusal;
    return tooManyCallsResponse(context, exceeded);
  }
  deps.refusals.record({
    at: receivedAt,
    reason: refusal,
    apiKeyId: key?.id,
    address: address?.text,
    route,
    slug: context.slug,
    fingerprint: context.fingerprint,
    requestId,
  });
  return response;
}
