/** Tries a call to a source again when its trouble may pass: later each time, and not before the source wishes. */
import { SyncFailure } from "./failure.ts";

/** Waits; ends early, and throws, when the signal says so. */
export type Pause = (ms: number, signal: AbortSignal) => Promise<void>;

const triesMax = 6;
const firstPauseMs = 1_000;
/** A source that wants to be left alone for longer than this ends the run: the next one comes later. */
const pauseMsMax = 120_000;

/** Gives what a try gave, or throws what the last one threw: the sixth, or one with trouble that stays. */
export async function retrySource<T>(
  call: () => Promise<T>,
  options: { pause: Pause; signal: AbortSignal },
): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await call();
    } catch (error) {
      const isPassing = error instanceof SyncFailure && error.isPassing;
      if (!isPassing || tries === triesMax) throw error;
      const wished = error.retryAfterMs ?? 0;
      if (wished > pauseMsMax) throw error;
      await options.pause(Math.max(wished, chooseBackOff(tries)), options.signal);
    }
  }
}

/** Doubles with each try; half of it is chance, so that many callers do not come back at once. */
function chooseBackOff(tries: number): number {
  const ms = firstPauseMs * 2 ** (tries - 1);
  return ms / 2 + Math.random() * (ms / 2);
}

/** The real way to wait. */
export const pauseFor: Pause = async (ms, signal) => {
  signal.throwIfAborted();
  await new Promise<void>((resolve) => {
    const wake = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", wake);
      resolve();
    };
    const timer = setTimeout(wake, ms);
    signal.addEventListener("abort", wake);
  });
  signal.throwIfAborted();
};
