/** Retries a call after a passing failure, with growing pauses, and never before the source allows it. */
import type { pauseMs } from "../../../lib/limits/deadline.ts";
import { SyncFailure } from "./failure.ts";

const triesMax = 6;
const firstPauseMs = 1_000;
/** When a source asks for a longer pause than this, the run ends; a later one continues. */
const pauseMsMax = 120_000;

/** Calls up to six times. Throws the last error, or the first one that is not passing. */
export async function retrySource<T>(
  call: () => Promise<T>,
  options: { pause: typeof pauseMs; signal: AbortSignal },
): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await call();
    } catch (error) {
      const isPassing = error instanceof SyncFailure && error.isPassing;
      if (!isPassing || tries === triesMax) throw error;
      const wished = error.retryAfterMs ?? 0;
      if (wished > pauseMsMax) throw error;
      // Doubles with each try; half of it is random, so that callers do not all return at once.
      const backOffMs = firstPauseMs * 2 ** (tries - 1) * (0.5 + Math.random() / 2);
      await options.pause(Math.max(wished, backOffMs), options.signal);
    }
  }
}
