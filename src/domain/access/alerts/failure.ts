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

/** A failure in one word: its code, or its class if it has none. */
export function nameFailure(error: unknown): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : undefined;
  return code ?? (error instanceof Error ? error.name : "unknown");
}

/** Waits for an alert to be sent. Throws an `AlertFailure` with `timeout` after `ms` milliseconds. */
export async function sendWithin<T>(ms: number, sending: Promise<T>): Promise<T> {
  try {
    return await withinMs(sending, ms);
  } catch (error) {
    throw error instanceof TooLateError ? new AlertFailure("timeout") : error;
  }
}
