/**
 * Why a sync failed: what the source's status or a network error means, in words that help the operator.
 * Text from the source is never included.
 */

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

/** A failure of the source. The run stops, or tries again when the failure is passing. */
export class SyncFailure extends Error {
  readonly code: SyncFailureCode;
  /** Whether the same request may succeed later. */
  readonly isPassing: boolean;
  /** How long the source asked us to wait, in milliseconds; null when it did not say. */
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

/** An answer with a status other than 200. */
interface RefusedPage {
  readonly status: number;
  readonly origin: string;
  readonly slug: string;
  /** Whether the request continued a listing. */
  readonly hasPageToken: boolean;
  readonly retryAfter: string | undefined;
  readonly now: Date;
}

/** The longest that a source can make us wait. */
const retryAfterMsMax = 24 * 3_600_000;

/** The failure that a status stands for. */
export function explainStatus(answer: RefusedPage): SyncFailure {
  const { status, origin, slug } = answer;
  if (status === 401 || status === 403) {
    return new SyncFailure(
      "key_refused",
      `${origin} refused the key (${status}). Check there that the key is not retired or expired, that its subnets include this server's address, and that it has a READ grant on ${slug}. Check here that CIVIFORM_SYNC_TOKEN is the whole token of that key.`,
    );
  }
  if (status === 429 || status >= 500) {
    return new SyncFailure("too_busy", `${origin} cannot answer now (${status}).`, {
      isPassing: true,
      retryAfterMs: readRetryAfter(answer.retryAfter, answer.now),
    });
  }
  if (status >= 300 && status < 400) {
    return new SyncFailure(
      "redirect",
      `${origin} redirects to another address (${status}). Redirects are not followed, so that the key is sent only to the configured origin. Configure the origin that answers directly.`,
    );
  }
  if (status === 400 && answer.hasPageToken) {
    return new SyncFailure("token_refused", `${origin} no longer accepts its own page token (400).`);
  }
  if (status === 400) {
    return new SyncFailure(
      "request_refused",
      `${origin} refused the request (400). Check there that ${slug} has an active version.`,
    );
  }
  return new SyncFailure(
    "not_found",
    `${origin} has no applications API at this address (${status}). Check that the origin is right.`,
  );
}

/** `Retry-After` in milliseconds, seconds or a date (RFC 9110, 10.2.3); null when it says nothing readable. */
export function readRetryAfter(text: string | undefined, now: Date): number | null {
  if (text === undefined) return null;
  const ms = /^\d{1,9}$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now.getTime();
  return Number.isNaN(ms) ? null : Math.min(Math.max(ms, 0), retryAfterMsMax);
}

const certificateCodes = /CERT|SELF_SIGNED|UNABLE_TO_(?:VERIFY|GET_ISSUER)|ALTNAME/;
const networkCodes = /^(?:E[A-Z_]+|UND_ERR_[A-Z_]+)$/;

/** The failure that a network error stands for. Only its code counts, not its message. */
export function explainError(error: unknown, origin: string): SyncFailure {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (certificateCodes.test(code)) {
    return new SyncFailure(
      "certificate",
      `The certificate of ${origin} is not trusted (${code}). Use NODE_EXTRA_CA_CERTS to name your own certificate authority.`,
    );
  }
  if (/^(?:HPE_|Z_DATA_)/.test(code)) {
    return new SyncFailure("bad_answer", `${origin} sent an invalid HTTP response (${code}).`);
  }
  const what = networkCodes.test(code) ? code : "no connection";
  return new SyncFailure("unreachable", `${origin} cannot be reached (${what}).`, {
    isPassing: true,
  });
}
