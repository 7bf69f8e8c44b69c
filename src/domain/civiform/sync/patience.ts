/** Timeouts for a response: for its next part and for the whole. */
import { SyncFailure } from "./failure.ts";

/** Aborts a request when the caller says so or a timeout passes. */
export interface Patience {
  readonly signal: AbortSignal;
  /** Restarts the timeout for the next part; `what` completes "The source …" in the failure. */
  wait(ms: number, what: string): void;
  /** The timeout that passed, if one did. */
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
