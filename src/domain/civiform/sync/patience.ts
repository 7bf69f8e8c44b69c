/** How long a source is waited for: what has to come next, and the whole answer. */
import { SyncFailure } from "./failure.ts";

/** What breaks a request off: the caller, or one of the limits of time. */
export interface Patience {
  readonly signal: AbortSignal;
  /** Starts to wait anew, for so long. */
  wait(ms: number, what: string): void;
  /** Why it broke off, if it did. */
  reason(): SyncFailure | undefined;
  end(): void;
}

/** Starts one; `wholeMs` is the limit for everything together. */
export function createPatience(wholeMs: number, caller: AbortSignal): Patience {
  const stop = new AbortController();
  let failure: SyncFailure | undefined;
  const breakOff = (what: string, ms: number) => {
    const message = `The source ${what} within ${Math.ceil(ms / 1000)} seconds.`;
    failure ??= new SyncFailure("unreachable", message, { isPassing: true });
    stop.abort();
  };
  const whole = setTimeout(() => breakOff("did not finish its answer", wholeMs), wholeMs);
  let timer: Timer | undefined;
  return {
    signal: AbortSignal.any([stop.signal, caller]),
    wait(ms, what) {
      clearTimeout(timer);
      timer = setTimeout(() => breakOff(what, ms), ms);
    },
    reason: () => failure,
    end() {
      clearTimeout(whole);
      clearTimeout(timer);
      stop.abort();
    },
  };
}
