/** When what is gathered in memory is written: so often that it is stored within a second, one write at a time, and at the end. */
import { waitAtMostMs } from "../../../lib/limits/deadline.ts";

/** A writer that runs by itself. */
export interface RegularWriter {
  /** Writes all that is gathered now, also while a write runs; what comes meanwhile goes with the next write. */
  flush(): Promise<void>;
  /** Milliseconds since all that had been gathered was written: what a crash now would lose. */
  lagMs(): number;
  /** Writes the rest and stops; gives up after five seconds, when the database does not answer. */
  close(): Promise<void>;
}

const intervalMs = 800;
const closeWithinMs = 5_000;

/**
 * Starts one. `write` must not throw, and returns at once when there is nothing to write; it tells whether
 * nothing is left of what was gathered when it began.
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
    // What is being written does not hold what came after it began.
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
