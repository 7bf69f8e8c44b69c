/** What a server does by itself again and again: one run at a time, the first one at once. */
import { waitAtMostMs } from "../lib/limits/deadline.ts";

/** Runs that are made at intervals. */
export interface Schedule {
  /** Runs now; who calls while a run is under way waits for that one. After the end nothing is begun. */
  run(): Promise<void>;
  /** Tells the run that is under way to stop, lets it come to a good end for as long as is decent, and begins no other. */
  close(): Promise<void>;
}

const closeWithinMs = 15_000;

/** Starts a schedule. `work` must not throw; its signal is aborted when the schedule is closed. */
export function scheduleRuns(
  everyMs: number,
  work: (stopping: AbortSignal) => Promise<void>,
): Schedule {
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
