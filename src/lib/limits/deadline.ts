/** Waiting, but not for ever. */

/** The answer did not come in time. It may still come: nobody listens any more. */
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

/** Waits until something has ended, so many milliseconds at most. Tells whether it has; throws what it throws. */
export async function waitAtMostMs(work: Promise<unknown>, ms: number): Promise<boolean> {
  try {
    await withinMs(work, ms);
    return true;
  } catch (error) {
    if (error instanceof TooLateError) return false;
    throw error;
  }
}
