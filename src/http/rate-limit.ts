/** Limits (spec 2): refused calls per client network, before any look-up, and good calls per key. In-process. */
import { RateLimiterMemory, type RateLimiterRes } from "rate-limiter-flexible";
import { type Address, networkOf } from "../domain/subnets.ts";
import type { Exchange } from "./exchange.ts";
import { problemResponse } from "./problem.ts";

/** A limit that is used up. */
export interface ExceededLimit {
  readonly policy: Policy;
  readonly quota: number;
  readonly windowSeconds: number;
  readonly retryAfterSeconds: number;
}

type Policy = "refused-calls" | "key-calls";

/**
 * The limits. They never throw and never allow anything: one that fails is reported and says nothing,
 * so a refused call stays refused, and every other call is judged by the rules as if it had no limit.
 */
export interface RateLimits {
  /** Whether a network has used up its refused calls; then nothing else is looked at until its window has passed. */
  findExhausted(address: Address | undefined): Promise<ExceededLimit | undefined>;
  /** Counts one refused call of a network; tells when it was one too many. */
  countRefused(address: Address | undefined): Promise<ExceededLimit | undefined>;
  /** Counts one good call of a key; tells when it was one too many. */
  countCall(key: { readonly id: number }): Promise<ExceededLimit | undefined>;
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
  const refused = createCounter({
    ...shared,
    policy: "refused-calls",
    quota: options.refusedPerMinute,
  });
  const calls = createCounter({ ...shared, policy: "key-calls", quota: options.perKeyPerMinute });
  const bucketOf = (address: Address | undefined) =>
    address === undefined ? unknownNetwork : networkOf(address);
  return {
    findExhausted: (address) => refused.find(bucketOf(address)),
    countRefused: (address) => refused.count(bucketOf(address)),
    countCall: ({ id }) => calls.count(String(id)),
  };
}

interface Counter {
  find(key: string): Promise<ExceededLimit | undefined>;
  count(key: string): Promise<ExceededLimit | undefined>;
}

function createCounter(options: {
  policy: Policy;
  quota: number;
  windowSeconds: number;
  countedMax: number;
  report: (error: unknown) => void;
}): Counter {
  const { policy, quota, windowSeconds, report } = options;
  if (quota === 0) return { find: async () => undefined, count: async () => undefined };
  const limiter = new RateLimiterMemory({ points: quota, duration: windowSeconds });
  const counted = createBound(options.countedMax, (key) => void limiter.delete(key));

  const exceeded = ({ msBeforeNext }: RateLimiterRes): ExceededLimit => ({
    policy,
    quota,
    windowSeconds,
    retryAfterSeconds: Math.max(1, Math.ceil(msBeforeNext / 1000)),
  });
  const carefully = async (judge: () => Promise<ExceededLimit | undefined>) => {
    try {
      return await judge();
    } catch (error) {
      report(error);
      return undefined;
    }
  };
  return {
    find: (key) =>
      carefully(async () => {
        const state = await limiter.get(key);
        return state && state.consumedPoints >= quota ? exceeded(state) : undefined;
      }),
    count: (key) =>
      carefully(async () => {
        const state = await limiter.penalty(key);
        const isExhausted = state.consumedPoints >= quota;
        if (state.isFirstInDuration || isExhausted) counted.note(key, isExhausted);
        return state.consumedPoints > quota ? exceeded(state) : undefined;
      }),
  };
}

/**
 * Keeps the number of counted callers bounded, whatever addresses they come from: when there are too
 * many, the oldest are forgotten, many at once; those that are past their limit only if nothing else helps.
 */
function createBound(countedMax: number, forget: (key: string) => void) {
  const keptWhenFull = Math.floor(countedMax * 0.9);
  const exhausted = new Map<string, boolean>();

  function drop(isVictim: (isExhausted: boolean) => boolean): void {
    for (const [key, isExhausted] of exhausted) {
      if (exhausted.size <= keptWhenFull) return;
      if (!isVictim(isExhausted)) continue;
      exhausted.delete(key);
      forget(key);
    }
  }

  return {
    note(key: string, isExhausted: boolean): void {
      exhausted.delete(key);
      exhausted.set(key, isExhausted);
      if (exhausted.size <= countedMax) return;
      drop((isVictimExhausted) => !isVictimExhausted);
      if (exhausted.size > countedMax) drop(() => true);
    },
  };
}

const details: Readonly<Record<Policy, string>> = {
  "refused-calls": "Too many calls from this network were refused.",
  "key-calls": "This key has made too many calls.",
};

/** The 429 (RFC 6585), with the fields of draft-ietf-httpapi-ratelimit-headers. Never cached. */
export function tooManyCallsResponse(exchange: Exchange, limit: ExceededLimit): Response {
  const { policy, quota, windowSeconds, retryAfterSeconds } = limit;
  exchange.limit = policy;
  return problemResponse({
    status: 429,
    detail: `${details[policy]} Try again in ${retryAfterSeconds} seconds.`,
    requestId: exchange.requestId,
    headers: {
      "Retry-After": String(retryAfterSeconds),
      "RateLimit-Policy": `"${policy}";q=${quota};w=${windowSeconds}`,
      RateLimit: `"${policy}";r=0;t=${retryAfterSeconds}`,
    },
  });
}
