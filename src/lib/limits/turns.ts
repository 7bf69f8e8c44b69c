/** Long work that shares the event loop. */
import { setImmediate } from "node:timers/promises";

const busyMsMax = 10;

/** Makes what is awaited between the steps of long work: every 10 milliseconds other requests have their turn. */
export function takeTurns(): () => Promise<void> {
  let sinceMs = performance.now();
  return async () => {
    if (performance.now() - sinceMs < busyMsMax) return;
    await setImmediate();
    sinceMs = performance.now();
  };
}
