/** Writes what was counted in memory: within a second, one write at a time, and before shutdown. */
import { waitAtMostMs } from "../../../lib/limits/deadline.ts";

/** A writer that runs by itself. */
export interface RegularWriter {
  /** Writes everything counted so far, even if a write is already running. */
  flush(): Promise<void>;
  /** Milliseconds since everything was written: what a crash now would lose. */
  lagMs(): number;
  /** Writes the rest and stops. Gives up after five seconds. */
  close(): Promise<void>;
}

const intervalMs = 800;
const closeWithinMs = 5_000;

/**
 * Starts a writer. `write` must not throw, and must return at once when there is nothing to write. It gives
 * true if everything counted before it began is written.
 */
export function writeRegularly(write: () => Promise<boolean>): RegularWriter {
  let writtenAtMs = performance.now();
  let writing: Promise<void> | undefined;
  const timer = setInterval(() => void beginOrJoin(), intervalMs);
  timer.unref();

  function beginOrJoin(): Promise<void> {
    writing ??= writeNow().finally(() => {
      writing = undefined;
    });
    return writing;
  }

  async function writeNow(): Promise<void> {
    const beganMs = performance.now();
    if (await write()) writtenAtMs = beganMs;
  }

  async function writeRest(): Promise<void> {
    // A running write does not include what came after it began.
    await writing;
    await beginOrJoin();
  }

  return {
    flush: writeRest,
    lagMs: () => performance.now() - writtenAtMs,
    async close() {
      clearInterval(timer);
      await waitAtMostMs(writeRest(), closeWithinMs);
    },
  };
}
