/**
 * Why a sync could not go on: what a source's status, or an error on the way to it, means, in words that help
 * the operator. Nothing of the source's own words is in them.
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

/** An answer with a status other than 200. */
export interface RefusedPage {
  readonly status: number;
  readonly origin: string;
  readonly slug: string;
  /** Whether the request continued a listing. */
  readonly hasPageToken: boolean;
  readonly retryAfter: string | undefined;
  readonly now: Date;
}

/** Longer than this nobody waits for a source, whatever it says. */
const retryAfterMsMax = 24 * 3_600_000;

/** The failure that an answer with this status is. */
export function explainStatus(answer: RefusedPage): SyncFailure {
  const { status, origin, slug } = answer;
  if (status === 401 || status === 403) {
    return new SyncFailure(
      "key_refused",
      `${origin} refused the key (${status}). Look there whether it is retired or expired, whether its subnets hold this server's address, and whether it has a READ grant on ${slug}; and here whether CIVIFORM_SYNC_TOKEN is that key's whole token.`,
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
      `${origin} sends callers elsewhere (${status}). Redirects are not followed: the key goes to the configured origin only. Configure the origin that answers itself.`,
    );
  }
  if (status === 400 && answer.hasPageToken) {
    return new SyncFailure("token_refused", `${origin} no longer takes its own page token (400).`);
  }
  if (status === 400) {
    return new SyncFailure(
      "request_refused",
      `${origin} refused the request (400). Look there whether ${slug} has an active version.`,
    );
  }
  return new SyncFailure(
    "not_found",
    `${origin} has no applications API there (${status}). Look whether it is the right origin.`,
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

/** The failure that an error on the way is. Its message never counts, only its code. */
export function explainError(error: unknown, origin: string): SyncFailure {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (certificateCodes.test(code)) {
    return new SyncFailure(
      "certificate",
      `The certificate of ${origin} is not good (${code}). NODE_EXTRA_CA_CERTS can name your own authority.`,
    );
  }
  if (/^(?:HPE_|Z_DATA_)/.test(code)) {
    return new SyncFailure("bad_answer", `${origin} does not answer in good HTTP (${code}).`);
  }
  const what = networkCodes.test(code) ? code : "no connection";
  return new SyncFailure("unreachable", `${origin} cannot be reached (${what}).`, {
    isPassing: true,
  });
}
