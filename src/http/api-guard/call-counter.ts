/** Counts calls in windows of time, for as many callers as there are, in a bounded amount of memory. */
import { RateLimiterMemory, type RateLimiterRes } from "rate-limiter-flexible";

/** What a caller has used up, and when its window has passed. */
export interface ExceededQuota {
  readonly quota: number;
  readonly windowSeconds: number;
  readonly retryAfterSeconds: number;
}

/** An answer, at once where nobody has to be asked: it is on the way of every call. */
export type Eventually<T> = T | Promise<T>;

/** Counts calls by caller. It never throws: a count that fails is reported, and says nothing. */
export interface CallCounter {
  /** Whether the caller has used up its quota. */
  find(caller: string): Eventually<ExceededQuota | undefined>;
  /** Counts one call; tells when it was one too many. */
  count(caller: string): Eventually<ExceededQuota | undefined>;
}

/** Makes a counter; a quota of 0 is none. Past `countedMax` callers the oldest are forgotten. */
export function createCallCounter(options: {
  quota: number;
  windowSeconds: number;
  countedMax: number;
  report: (error: unknown) => void;
}): CallCounter {
  const { quota, windowSeconds, report } = options;
  if (quota === 0) return { find: () => undefined, count: () => undefined };
  const limiter = new RateLimiterMemory({ points: quota, duration: windowSeconds });
  const counted = createBound(options.countedMax, (key) => void limiter.delete(key));

  const exceeded = ({ msBeforeNext }: RateLimiterRes): ExceededQuota => ({
    quota,
    windowSeconds,
    retryAfterSeconds: Math.max(1, Math.ceil(msBeforeNext / 1000)),
  });
  const carefully = async (judge: () => Promise<ExceededQuota | undefined>) => {
    try {
      return await judge();
    } catch (error) {
      report(error);
      return undefined;
    }
  };
  return {
    find(key) {
      if (!counted.has(key)) return undefined;
      return carefully(async () => {
        const state = await limiter.get(key);
        const isExhausted = state !== null && state.consumedPoints >= quota;
        return isExhausted && state.msBeforeNext > 0 ? exceeded(state) : undefined;
      });
    },
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
    /** Every caller whose window has not passed; some whose has. */
    has: (key: string) => exhausted.has(key),
    note(key: string, isExhausted: boolean): void {
      exhausted.delete(key);
      exhausted.set(key, isExhausted);
      if (exhausted.size <= countedMax) return;
      drop((isVictimExhausted) => !isVictimExhausted);
      if (exhausted.size > countedMax) drop(() => true);
    },
  };
}
