/** Counts calls in fixed windows of time, for as many callers as there are, in a bounded amount of memory. */
import type { LimitPolicy } from "../context.ts";

/** A quota, and how long until the window ends. */
export interface Limit {
  readonly policy: LimitPolicy;
  readonly quota: number;
  readonly windowSeconds: number;
  /** How many calls are left in the window. */
  readonly remaining: number;
  readonly retryAfterSeconds: number;
}

/** Counts calls by caller. A caller's window begins with its first call. */
interface CallCounter {
  /** Gives the quota of a caller that has used it up. */
  find(caller: string): Limit | undefined;
  /** Counts one call, and gives the quota if that was one too many. */
  count(caller: string): Limit | undefined;
  /** What a caller that was counted has left; undefined without a limit. */
  readLeft(caller: string): Limit | undefined;
}

interface Window {
  calls: number;
  readonly endsMs: number;
}

const windowSeconds = 60;

/**
 * Makes a counter; a quota of 0 means no limit. It remembers `countedMax` callers below their quota and as
 * many past it, and forgets those that have been silent the longest. The two are kept apart, so that a
 * caller cannot escape its limit by calling from many other addresses.
 */
export function createCallCounter(options: {
  policy: LimitPolicy;
  quota: number;
  countedMax: number;
  /** The process's clock, in milliseconds. */
  nowMs: () => number;
}): CallCounter {
  const { policy, quota, countedMax, nowMs } = options;
  const below = new Map<string, Window>();
  const exhausted = new Map<string, Window>();

  function findIn(windows: Map<string, Window>, caller: string): Window | undefined {
    const window = windows.get(caller);
    return window !== undefined && nowMs() < window.endsMs ? window : undefined;
  }

  function keep(windows: Map<string, Window>, caller: string, window: Window): void {
    windows.set(caller, window);
    if (windows.size <= countedMax) return;
    // Many at once: the first key of a map is slow to find when keys before it have been deleted.
    for (const longestSilent of windows.keys()) {
      if (windows.size <= countedMax * 0.9) return;
      windows.delete(longestSilent);
    }
  }

  const describe = ({ calls, endsMs }: Window): Limit => ({
    policy,
    quota,
    windowSeconds,
    remaining: Math.max(0, quota - calls),
    retryAfterSeconds: Math.max(1, Math.ceil((endsMs - nowMs()) / 1000)),
  });

  return {
    find(caller) {
      const window = findIn(exhausted, caller);
      return window && describe(window);
    },
    count(caller) {
      if (quota === 0) return undefined;
      const window = findIn(exhausted, caller) ??
        findIn(below, caller) ?? { calls: 0, endsMs: nowMs() + windowSeconds * 1000 };
      window.calls += 1;
      // Deleted first, so that it becomes the last in the order of the map.
      exhausted.delete(caller);
      below.delete(caller);
      keep(window.calls < quota ? below : exhausted, caller, window);
      return window.calls > quota ? describe(window) : undefined;
    },
    readLeft(caller) {
      const window = findIn(exhausted, caller) ?? findIn(below, caller);
      return window && describe(window);
    },
  };
}
