/** Waiting with a time limit. */
import { setTimeout as sleep } from "node:timers/promises";

/** The answer did not come in time. If it comes later, it is ignored. */
export class TooLateError extends Error {}

/** Gives the answer, or throws `TooLateError` after so many milliseconds. */
export async function withinMs<T>(answer: Promise<T>, ms: number): Promise<T> {
  let timer: Timer | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new TooLateError(`no answer within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([answer, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}

/** Waits for work, `ms` milliseconds at most. Gives whether it has ended; throws what it throws. */
export async function waitAtMostMs(work: Promise<unknown>, ms: number): Promise<boolean> {
  try {
    await withinMs(work, ms);
    return true;
  } catch (error) {
    if (error instanceof TooLateError) return false;
    throw error;
  }
}

/** Waits so many milliseconds. Throws the signal's reason as soon as it is aborted. */
export async function pauseMs(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => signal.throwIfAborted());
}
