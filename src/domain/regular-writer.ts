/** When what is gathered in memory is written: every half second, one write at a time, and at the end. */

/** A writer that runs by itself. */
export interface RegularWriter {
  /** Writes what is gathered now; what comes meanwhile goes with the next write. */
  flush(): Promise<void>;
  /** Writes the rest and stops; gives up after five seconds, when the database does not answer. */
  close(): Promise<void>;
}

const intervalMs = 500;
const closeWithinMs = 5_000;

/** Starts one. `write` must not throw, and returns at once when there is nothing to write. */
export function writeRegularly(write: () => Promise<void>): RegularWriter {
  let writing: Promise<void> | undefined;
  const timer = setInterval(() => void flush(), intervalMs);
  timer.unref();

  function flush(): Promise<void> {
    writing ??= write().finally(() => {
      writing = undefined;
    });
    return writing;
  }

  async function writeRest(): Promise<void> {
    // What is being written does not hold what came after it began.
    await writing;
    await flush();
  }

  return {
    flush,
    async close() {
      clearInterval(timer);
      let giveUp: Timer | undefined;
      const tooLong = new Promise<void>((resolve) => {
        giveUp = setTimeout(resolve, closeWithinMs);
      });
      await Promise.race([writeRest(), tooLong]);
      clearTimeout(giveUp);
    },
  };
}
