/**
 * So many calls of the API ask the database at a time; the others wait in line, not for ever, and not for
 * callers who have gone. Without it, what comes while the database is slow would all run to its end for nobody.
 */
import { DomainError } from "./errors.ts";

/** The line before the database. */
export interface Gate {
  /**
   * Runs `work` when it is its turn. Throws `unavailable` when too many wait, when the wait was too long,
   * or when the caller has gone before its turn. What is `underWay` (a stream that has begun) is let
   * wait as long as its caller does: breaking it off would waste what it had already.
   */
  run<T>(work: () => Promise<T>, options: { signal: AbortSignal; isUnderWay: boolean }): Promise<T>;
}

/** How wide the gate is, and how long the line. */
export interface GateOptions {
  readonly runningMax: number;
  readonly waitingMax: number;
  readonly patienceMs: number;
}

/** Makes a gate. */
export function createGate(options: GateOptions): Gate {
  const { runningMax, waitingMax, patienceMs } = options;
  /** In the order of their arrival. */
  const waiting = new Set<() => void>();
  let running = 0;

  function wait(signal: AbortSignal, isUnderWay: boolean): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    let timer: Timer | undefined;
    const leave = () => {
      waiting.delete(enter);
      clearTimeout(timer);
      signal.removeEventListener("abort", giveUp);
    };
    const enter = () => {
      leave();
      running += 1;
      resolve();
    };
    const giveUp = () => {
      leave();
      reject(unavailable(signal.aborted ? "The caller has gone." : "The wait was too long."));
    };
    waiting.add(enter);
    signal.addEventListener("abort", giveUp);
    if (!isUnderWay) timer = setTimeout(giveUp, patienceMs);
    return promise;
  }

  return {
    async run(work, { signal, isUnderWay }) {
      if (signal.aborted) throw unavailable("The caller has gone.");
      if (running < runningMax) running += 1;
      else if (waiting.size >= waitingMax && !isUnderWay) throw unavailable("Too many calls wait.");
      else await wait(signal, isUnderWay);
      try {
        return await work();
      } finally {
        running -= 1;
        const [next] = waiting;
        next?.();
      }
    },
  };
}

function unavailable(message: string): DomainError {
  return new DomainError("unavailable", message, { retryAfterSeconds: 5 });
}
