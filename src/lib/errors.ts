/** The domain's one error class. Only `http/answers/errors.ts` and `cli/failure.ts` turn it into answers. */

/** What went wrong, in terms that HTTP and the CLI can both map. */
export type ErrorCode =
  /** The input breaks a rule; nothing was changed. */
  | "invalid"
  /** The input can be read, but its values break rules: `errors` says where. Nothing was changed. */
  | "unprocessable"
  /** The input is too large. */
  | "too_large"
  /** The input is of an unsupported type. */
  | "wrong_type"
  /** The input did not arrive in time. */
  | "too_slow"
  /** The caller may not do this with any input. */
  | "forbidden"
  /** What was named does not exist. */
  | "not_found"
  /** The state of what was named does not allow it (a second retire). */
  | "conflict"
  /** Too many attempts; `retryAfterSeconds` says when to try again. */
  | "too_many"
  /** The database cannot answer now. */
  | "unavailable";

/** Problems by field name, in the order of the form; each a sentence for the person who filled it in. */
export type FieldProblems = Readonly<Record<string, readonly string[]>>;

/** One error in a JSON document that was sent (RFC 9457, section 3). */
export interface PointedError {
  /** Where: see `json-pointer`. */
  readonly pointer: string;
  /** What, in a sentence. */
  readonly detail: string;
}

/** A failure with a message that may be shown to the caller. */
export class DomainError extends Error {
  readonly code: ErrorCode;
  readonly fields: FieldProblems;
  /** Every error in the document that was sent; with `unprocessable` at least one. */
  readonly errors: readonly PointedError[];
  readonly retryAfterSeconds: number | undefined;

  constructor(
    code: ErrorCode,
    message: string,
    more: {
      fields?: FieldProblems;
      errors?: readonly PointedError[];
      retryAfterSeconds?: number;
      cause?: unknown;
    } = {},
  ) {
    super(message, { cause: more.cause });
    this.code = code;
    this.fields = more.fields ?? {};
    this.errors = more.errors ?? [];
    this.retryAfterSeconds = more.retryAfterSeconds;
  }
}

/**
 * SQLSTATEs that say "not now": the classes connection, resources, operator intervention and system, a
 * database that is read-only for a while, and a lock that was not to be had.
 */
const unavailableStates = /^(08|53|57|58|25006|55P03|40P01)/;
/** What the driver and the operating system say when PostgreSQL cannot be reached. */
const unreachableCodes = new Set([
  "CONNECTION_CLOSED",
  "CONNECTION_DESTROYED",
  "CONNECTION_ENDED",
  "CONNECT_TIMEOUT",
  "UNWANTED_SERVER",
  "EAI_AGAIN",
  "ECONNREFUSED",
  "ECONNRESET",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOENT",
  "ENOTFOUND",
  "EPIPE",
  "ETIMEDOUT",
]);

/** Whether an error, or its cause, means that the database cannot answer now. */
export function isDatabaseUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof DomainError) return error.code === "unavailable";
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  const state = code.length === 5 && unavailableStates.test(code);
  return state || unreachableCodes.has(code) || isDatabaseUnavailable(error.cause);
}

/** Throws `invalid` with those fields that have problems, if any. */
export function refuseInvalidFields(fields: FieldProblems): void {
  const invalid = findInvalidFields(fields);
  if (invalid !== undefined) throw invalid;
}

/** An `invalid` error about one field. */
export function invalidField(name: string, problem: string): DomainError {
  return new DomainError("invalid", problem, { fields: { [name]: [problem] } });
}

/** An `invalid` error with those fields that have problems; undefined when none has. */
export function findInvalidFields(fields: FieldProblems): DomainError | undefined {
  const wrong = Object.entries(fields).filter(([, problems]) => problems.length > 0);
  if (wrong.length === 0) return undefined;
  const message = wrong.flatMap(([, problems]) => problems).join(" ");
  return new DomainError("invalid", message, { fields: Object.fromEntries(wrong) });
}
