import { TooLateError, withinMs } from "../../../lib/limits/deadline.ts";

/**
 * Why an alert could not be sent. It is for the log and the operator: the code is ours, so that nothing of
 * a receiver's words, or of where it is, gets there.
 */
export class AlertFailure extends Error {
  readonly code: string;

  constructor(code: string) {
    super("The alert could not be sent.");
    this.code = code;
  }
}

/** Waits for a sending, and fails with `timeout` after so many milliseconds. */
export async function sendWithin<T>(ms: number, sending: Promise<T>): Promise<T> {
  try {
    return await withinMs(sending, ms);
  } catch (error) {
    throw error instanceof TooLateError ? new AlertFailure("timeout") : error;
  }
}
