/** Limits refused calls by client network, before any look-up, and good calls by key. Each process counts for itself. */
import { DomainError } from "../../lib/errors.ts";
import { type Address, networkOf } from "../../lib/net/subnets.ts";
import { problemResponse } from "../answers/problem.ts";
import type { LimitPolicy, RequestContext } from "../context.ts";
import { createCallCounter, type Limit } from "./call-counter.ts";

/** The limits. */
export interface RateLimits {
  /** Says whether a network has used up its refused calls; if so, all its calls are 429 until the window ends. */
  findExhausted(address: Address | undefined): Limit | undefined;
  /** Counts one refused call of a network; says whether it was one too many. */
  countRefused(address: Address | undefined): Limit | undefined;
  /** Counts one request of a network for a page that anyone may read; says whether it was one too many. */
  countAnonymous(address: Address | undefined): Limit | undefined;
  /** Counts one good call of a key; says whether it was one too many. */
  countCall(key: { readonly id: number }): Limit | undefined;
  /** What is left to a key whose call was counted; undefined without a limit. */
  readLeft(key: { readonly id: number }): Limit | undefined;
}

/** How many calls are allowed in a minute; 0 is no limit. */
interface RateLimitOptions {
  readonly refusedPerMinute: number;
  readonly perKeyPerMinute: number;
  /** Of a network, for pages that anyone may read. */
  readonly anonymousPerMinute: number;
  /** That of the process unless given. */
  readonly nowMs?: () => number;
  /** How many networks, and how many keys, are remembered below their limit, and as many past it. */
  readonly countedMax?: number;
}

/** Callers whose address is unknown share one bucket. */
const unknownNetwork = "unknown";

/** Makes the limits of a process. */
export function createRateLimits(options: RateLimitOptions): RateLimits {
  const { nowMs = () => performance.now(), countedMax = 50_000 } = options;
  const count = (policy: LimitPolicy, quota: number) => createCallCounter({ policy, quota, countedMax, nowMs });
  const refused = count("refused-calls", options.refusedPerMinute);
  const anonymous = count("anonymous-pages", options.anonymousPerMinute);
  const calls = count("key-calls", options.perKeyPerMinute);
  const bucketOf = (address: Address | undefined) => (address === undefined ? unknownNetwork : networkOf(address));
  return {
    findExhausted: (address) => refused.find(bucketOf(address)),
    countRefused: (address) => refused.count(bucketOf(address)),
    countAnonymous: (address) => anonymous.count(bucketOf(address)),
    countCall: ({ id }) => calls.count(String(id)),
    readLeft: ({ id }) => calls.readLeft(String(id)),
  };
}

const details: Readonly<Record<LimitPolicy, string>> = {
  "refused-calls": "Too many calls from this network were refused.",
  "anonymous-pages": "This network has asked for too many pages.",
  "key-calls": "This key has made too many calls.",
};

/** The fields of draft-ietf-httpapi-ratelimit-headers. */
export function limitHeaders({ policy, quota, windowSeconds, remaining, retryAfterSeconds }: Limit) {
  return {
    "RateLimit-Policy": `"${policy}";q=${quota};w=${windowSeconds}`,
    RateLimit: `"${policy}";r=${remaining};t=${retryAfterSeconds}`,
  };
}

const describeLimit = ({ policy, retryAfterSeconds }: Limit) =>
  `${details[policy]} Try again in ${retryAfterSeconds} seconds.`;

/** The 429 of a page, to throw: people get it as a page. */
export function tooManyPages(context: RequestContext, limit: Limit): DomainError {
  const { policy, retryAfterSeconds } = limit;
  context.limit = policy;
  return new DomainError("too_many", describeLimit(limit), { retryAfterSeconds });
}

/** The 429 (RFC 6585). Never cached. */
export function tooManyCallsResponse(context: RequestContext, limit: Limit): Response {
  const { policy, retryAfterSeconds } = limit;
  context.limit = policy;
  return problemResponse({
    status: 429,
    detail: describeLimit(limit),
    requestId: context.requestId,
    headers: { "Retry-After": String(retryAfterSeconds), ...limitHeaders(limit) },
  });
}
