/** Limits refused calls by client network, before any look-up, and good calls by key. Each process counts for itself. */
import { type Address, networkOf } from "../../lib/net/subnets.ts";
import { problemResponse } from "../answers/problem.ts";
import type { LimitPolicy, RequestContext } from "../context.ts";
import { createCallCounter, type ExceededQuota } from "./call-counter.ts";

/** A limit that is exceeded. */
export interface ExceededLimit extends ExceededQuota {
  readonly policy: LimitPolicy;
}

/** The limits. */
export interface RateLimits {
  /** Says whether a network has used up its refused calls; if so, all its calls are 429 until the window ends. */
  findExhausted(address: Address | undefined): ExceededLimit | undefined;
  /** Counts one refused call of a network; says whether it was one too many. */
  countRefused(address: Address | undefined): ExceededLimit | undefined;
  /** Counts one request of a network for a page that anyone may read; says whether it was one too many. */
  countAnonymous(address: Address | undefined): ExceededLimit | undefined;
  /** Counts one good call of a key; says whether it was one too many. */
  countCall(key: { readonly id: number }): ExceededLimit | undefined;
}

/** How many calls are allowed in a window; 0 is no limit. */
export interface RateLimitOptions {
  readonly refusedPerMinute: number;
  readonly perKeyPerMinute: number;
  /** Of a network, for pages that anyone may read. */
  readonly anonymousPerMinute: number;
  /** 60 unless given. */
  readonly windowSeconds?: number;
  /** How many networks, and how many keys, are remembered below their limit, and as many past it. */
  readonly countedMax?: number;
}

/** Callers whose address is unknown share one bucket. */
const unknownNetwork = "unknown";

/** Makes the limits of a process. */
export function createRateLimits(options: RateLimitOptions): RateLimits {
  const { windowSeconds = 60, countedMax = 50_000 } = options;
  const shared = { windowSeconds, countedMax };
  const refused = createCallCounter({ ...shared, quota: options.refusedPerMinute });
  const anonymous = createCallCounter({ ...shared, quota: options.anonymousPerMinute });
  const calls = createCallCounter({ ...shared, quota: options.perKeyPerMinute });
  const bucketOf = (address: Address | undefined) => (address === undefined ? unknownNetwork : networkOf(address));
  return {
    findExhausted: (address) => named("refused-calls", refused.find(bucketOf(address))),
    countRefused: (address) => named("refused-calls", refused.count(bucketOf(address))),
    countAnonymous: (address) => named("anonymous-pages", anonymous.count(bucketOf(address))),
    countCall: ({ id }) => named("key-calls", calls.count(String(id))),
  };
}

function named(policy: LimitPolicy, exceeded: ExceededQuota | undefined): ExceededLimit | undefined {
  return exceeded && { policy, ...exceeded };
}

const details: Readonly<Record<LimitPolicy, string>> = {
  "refused-calls": "Too many calls from this network were refused.",
  "anonymous-pages": "This network has asked for too many pages.",
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
