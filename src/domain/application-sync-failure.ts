/** Why a sync could not go on, in words that help the operator; nothing of the source's own words is in them. */

/** What kind of trouble it is, for logs. */
export type SyncFailureCode =
  | "bad_answer"
  | "certificate"
  | "key_refused"
  | "lease_lost"
  | "not_found"
  | "redirect"
  | "request_refused"
  | "too_busy"
  | "token_refused"
  | "unexpected"
  | "unreachable";

/** A run stops with it, or tries again. */
export class SyncFailure extends Error {
  readonly code: SyncFailureCode;
  /** Whether the same request may go well a little later. */
  readonly isPassing: boolean;
  /** How long the source asked to be left alone, in milliseconds; null when it did not say. */
  readonly retryAfterMs: number | null;

  constructor(
    code: SyncFailureCode,
    message: string,
    more: { isPassing?: boolean; retryAfterMs?: number | null } = {},
  ) {
    super(message);
    this.code = code;
    this.isPassing = more.isPassing ?? false;
    this.retryAfterMs = more.retryAfterMs ?? null;
  }
}
