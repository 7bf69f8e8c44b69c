/** Repeats work at intervals: one run at a time, the first one immediately. */
import { waitAtMostMs } from "../lib/limits/deadline.ts";

/** Work that is repeated. */
export interface Schedule {
  /** Runs now, or waits for the current run. Does nothing after `close`. */
  run(): Promise<void>;
  /** Signals the current run to stop, and waits up to 15 seconds for it. */
  close(): Promise<void>;
}

const closeWithinMs = 15_000;

/** Starts a schedule. `work` must not throw; its signal is aborted by `close`. */
export function scheduleRuns(everyMs: number, work: (stopping: AbortSignal) => Promise<void>): Schedule {
  const stopping = new AbortController();
  let running: Promise<void> | undefined;

  function run(): Promise<void> {
    if (stopping.signal.aborted) return running ?? Promise.resolve();
    running ??= work(stopping.signal).finally(() => {
      running = undefined;
    });
    return running;
  }

  const timer = setInterval(() => void run(), everyMs);
  timer.unref();
  void run();
  return {
    run,
    async close() {
      stopping.abort();
      clearInterval(timer);
      await waitAtMostMs(running ?? Promise.resolve(), closeWithinMs);
    },
  };
}
