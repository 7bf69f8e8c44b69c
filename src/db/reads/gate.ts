/**
 * Limits how many API calls use the database at a time. The others wait in line for a limited time, and
 * leave it when their callers hang up: otherwise a slow database would work for callers who are long gone.
 * The line is fair: keys take turns, and a key with many calls makes room for others.
 */
import { DomainError } from "../../lib/errors.ts";

/** Who asks, and how. */
export interface GateVisit {
  /** The id of the API key, or what else stands for a caller: keys take turns, each with its calls in their order. */
  readonly apiKeyId: number;
  /** Aborted when the caller hangs up. */
  readonly signal: AbortSignal;
  /** A part of something that has begun already (a stream). */
  readonly isUnderWay?: boolean;
}

/** The line before the database. */
export interface Gate {
  /**
   * Runs `work` when it is its turn. Throws `unavailable` when too many wait, when the wait was too long,
   * when the caller hangs up, or when its key has the most calls in a full line and another
   * key needs the place. What is under way is let wait as long as its caller does, and takes no place of
   * the line: breaking it off would waste what it had already.
   */
  run<T>(work: () => Promise<T>, visit: GateVisit): Promise<T>;
}

/** How many run and wait, and for how long. */
export interface GateOptions {
  readonly runningMax: number;
  readonly waitingMax: number;
  readonly patienceMs: number;
}

interface Waiter {
  readonly isUnderWay: boolean;
  enter(): void;
  leave(message: string): void;
}

/** Makes a gate. */
export function createGate({ runningMax, waitingMax, patienceMs }: GateOptions): Gate {
  /** A line for each key, none of them empty. The first one is next. */
  const lines = new Map<number, Set<Waiter>>();
  let running = 0;
  /** Without those that are under way. */
  let placesTaken = 0;

  function wait({ apiKeyId, signal, isUnderWay = false }: GateVisit): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const line = lines.get(apiKeyId) ?? new Set();
    let timer: Timer | undefined;
    const stepOut = () => {
      line.delete(waiter);
      if (line.size === 0) lines.delete(apiKeyId);
      if (!isUnderWay) placesTaken -= 1;
      clearTimeout(timer);
      signal.removeEventListener("abort", goAway);
    };
    const waiter: Waiter = {
      isUnderWay,
      enter() {
        stepOut();
        running += 1;
        resolve();
      },
      leave(message) {
        stepOut();
        reject(unavailable(message));
      },
    };
    const goAway = () => waiter.leave("The caller hung up.");
    lines.set(apiKeyId, line.add(waiter));
    signal.addEventListener("abort", goAway);
    if (!isUnderWay) {
      placesTaken += 1;
      timer = setTimeout(() => waiter.leave("The wait was too long."), patienceMs);
    }
    return promise;
  }

  /** Removes the last call of the key with the most calls in line, unless the asking key would then have as many. */
  function makeRoom(apiKeyId: number): boolean {
    const isMovable = ({ isUnderWay }: Waiter) => !isUnderWay;
    let most: Waiter[] = [];
    for (const line of lines.values()) {
      const movable = [...line].filter(isMovable);
      if (movable.length > most.length) most = movable;
    }
    const own = [...(lines.get(apiKeyId) ?? [])].filter(isMovable);
    if (most.length <= own.length + 1) return false;
    most.at(-1)?.leave(tooManyWait);
    return true;
  }

  function letNextEnter(): void {
    const [next] = lines;
    if (next === undefined) return;
    const [apiKeyId, line] = next;
    lines.delete(apiKeyId);
    lines.set(apiKeyId, line);
    const [waiter] = line;
    waiter?.enter();
  }

  return {
    async run(work, visit) {
      if (visit.signal.aborted) throw unavailable("The caller hung up.");
      if (running < runningMax) running += 1;
      else {
        const isFull = placesTaken >= waitingMax && !visit.isUnderWay;
        if (isFull && !makeRoom(visit.apiKeyId)) throw unavailable(tooManyWait);
        await wait(visit);
      }
      try {
        return await work();
      } finally {
        running -= 1;
        letNextEnter();
      }
    },
  };
}

const tooManyWait = "Too many calls are waiting.";

function unavailable(message: string): DomainError {
  return new DomainError("unavailable", message, { retryAfterSeconds: 5 });
}
