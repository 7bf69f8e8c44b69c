/** Failures of alerts. */
import { TooLateError, withinMs } from "../../../lib/limits/deadline.ts";

/**
 * Why an alert could not be sent. The code is for the log and the operator. It is one of ours, so that it
 * never quotes a receiver or reveals its address.
 */
export class AlertFailure extends Error {
  readonly code: string;

  constructor(code: string) {
    super("The alert could not be sent.");
    this.code = code;
  }
}

/** Waits for an alert to be sent. Throws an `AlertFailure` with `timeout` after `ms` milliseconds. */
export async function sendWithin<T>(ms: number, sending: Promise<T>): Promise<T> {
  try {
    return await withinMs(sending, ms);
  } catch (error) {
    throw error instanceof TooLateError ? new AlertFailure("timeout") : error;
  }
}
