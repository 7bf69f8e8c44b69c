/** Limits (spec 2): refused calls per client network, before any look-up, and good calls per key. In-process. */
import { type Address, networkOf } from "../../lib/net/subnets.ts";
import { problemResponse } from "../answers/problem.ts";
import type { LimitPolicy, RequestContext } from "../context.ts";
import { createCallCounter, type Eventually, type ExceededQuota } from "./call-counter.ts";

/** A limit that is used up. */
export interface ExceededLimit extends ExceededQuota {
  readonly policy: LimitPolicy;
}

/**
 * The limits. They never throw and never allow anything: one that fails is reported and says nothing,
 * so a refused call stays refused, and every other call is judged by the rules as if it had no limit.
 */
export interface RateLimits {
  /** Whether a network has used up its refused calls; then nothing else is looked at until its window has passed. */
  findExhausted(address: Address | undefined): Eventually<ExceededLimit | undefined>;
  /** Counts one refused call of a network; tells when it was one too many. */
  countRefused(address: Address | undefined): Eventually<ExceededLimit | undefined>;
  /** Counts one good call of a key; tells when it was one too many. */
  countCall(key: { readonly id: number }): Eventually<ExceededLimit | undefined>;
}

/** How many calls are allowed in a window; 0 is no limit. */
export interface RateLimitOptions {
  readonly refusedPerMinute: number;
  readonly perKeyPerMinute: number;
  /** Another window than a minute. */
  readonly windowSeconds?: number;
  /** Networks, and keys, that are counted at once. */
  readonly countedMax?: number;
  readonly report: (error: unknown) => void;
}

/** Callers whose address cannot be told share one bucket. */
const unknownNetwork = "unknown";

/** Makes the limits of a process. */
export function createRateLimits(options: RateLimitOptions): RateLimits {
  const { windowSeconds = 60, countedMax = 50_000, report } = options;
  const shared = { windowSeconds, countedMax, report };
  const refused = createCallCounter({ ...shared, quota: options.refusedPerMinute });
  const calls = createCallCounter({ ...shared, quota: options.perKeyPerMinute });
  const bucketOf = (address: Address | undefined) =>
    address === undefined ? unknownNetwork : networkOf(address);
  return {
    findExhausted: (address) => named("refused-calls", refused.find(bucketOf(address))),
    countRefused: (address) => named("refused-calls", refused.count(bucketOf(address))),
    countCall: ({ id }) => named("key-calls", calls.count(String(id))),
  };
}

function named(
  policy: LimitPolicy,
  answer: Eventually<ExceededQuota | undefined>,
): Eventually<ExceededLimit | undefined> {
  if (answer instanceof Promise) return answer.then((exceeded) => named(policy, exceeded));
  return answer && { policy, ...answer };
}

const details: Readonly<Record<LimitPolicy, string>> = {
  "refused-calls": "Too many calls from this network were refused.",
  "key-calls": "This key has made too many calls.",
};

/** The 429 (RFC 6585), with the fields of draft-ietf-httpapi-ratelimit-headers. Never cached. */
export function tooManyCallsResponse(context: RequestContext, limit: ExceededLimit): Response {
  const { policy, quota, windowSeconds, retryAfterSeconds } = limit;
  context.limit = policy;
  return problemResponse({
    status: 429,
    detail: `${details[policy]} Try again in ${retryAfterSeconds} seconds.`,
    requestId: context.requestId,
    headers: {
      "Retry-After": String(retryAfterSeconds),
      "RateLimit-Policy": `"${policy}";q=${quota};w=${windowSeconds}`,
      RateLimit: `"${policy}";r=0;t=${retryAfterSeconds}`,
    },
  });
}
