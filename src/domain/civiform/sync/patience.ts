/** Timeouts for a response: for its next part and for the whole. */
import { SyncFailure } from "./failure.ts";

/** Aborts a request when the caller says so or a timeout passes. */
export type Patience = ReturnType<typeof createPatience>;

/** Starts one; `wholeMs` is the limit for everything together. */
export function createPatience(wholeMs: number, caller: AbortSignal) {
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
    /** Restarts the timeout for the next part; `what` completes "The source …" in the failure. */
    wait(ms: number, what: string): void {
      clearTimeout(timer);
      timer = setTimeout(() => breakOff(what, ms), ms);
    },
    /** The timeout that passed, if one did. */
    reason: () => failure,
    end(): void {
      clearTimeout(whole);
      clearTimeout(timer);
      stop.abort();
    },
  };
}
