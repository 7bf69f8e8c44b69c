/** Long work that shares the event loop. */
import { setImmediate } from "node:timers/promises";

const busyMsMax = 10;

/** Makes what is awaited between the steps of long work: every 10 milliseconds other requests have their turn. */
export function takeTurns(): () => Promise<void> | undefined {
  let sinceMs = performance.now();
  async function pause() {
    await setImmediate();
    sinceMs = performance.now();
  }
  // Not async itself: steps may be short and many.
  return () => (performance.now() - sinceMs < busyMsMax ? undefined : pause());
}
