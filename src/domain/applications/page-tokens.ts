/** Page tokens: opaque, authenticated, good for one key and one listing. */
import { timingSafeEqual } from "node:crypto";

/** Where a listing goes on, and every choice it was started with; null is "not given". */
export interface PageToken {
  readonly keyId: string;
  readonly programSlug: string;
  /** Epoch microseconds as decimal text, inclusive. */
  readonly fromTime: string | null;
  /** Epoch microseconds as decimal text, exclusive. */
  readonly toTime: string | null;
  /** Epoch microseconds as decimal text, inclusive. With it the order is that of modification. */
  readonly modifiedSince: string | null;
  readonly revisionState: "CURRENT" | "OBSOLETE" | null;
  readonly pageSize: number;
  /** The last application of the page before: the next page goes on after it. */
  readonly last: PagePosition;
}

/** Where an application stands in a listing; numbers as decimal text. */
export interface PagePosition {
  readonly applicationId: string;
  /** In a listing of what was modified: by which modification, and when (epoch microseconds). */
  readonly modification: { readonly id: string; readonly at: string } | null;
}

const VERSION = 2;
const MAC_BYTES = 32;
const TOKEN_LENGTH_MAX = 4096;
const INTEGER = /^(?:0|-?[1-9]\d{0,18})$/;

/**
 * Makes the token of the next page, as Base64url without padding: version, MAC, payload. The key id
 * is under the MAC but not in the token, and the payload is not encrypted: put no secret in it.
 */
export function createPageToken(key: Uint8Array, token: PageToken): string {
  const { keyId, programSlug, fromTime, toTime, modifiedSince, revisionState, pageSize } = token;
  const { applicationId, modification } = token.last;
  const last = modification === null ? [] : [modification.id, modification.at];
  const payload = Buffer.from(
    JSON.stringify([
      ...[programSlug, fromTime, toTime, modifiedSince, revisionState, pageSize],
      ...[applicationId, ...last],
    ]),
  );
  const mac = computeMac(key, keyId, payload);
  return Buffer.concat([Uint8Array.of(VERSION), mac, payload]).toString("base64url");
}

/**
 * Reads a token that `createPageToken` made with this key for this key id. Anything else, another
 * key's token included, is undefined; it never throws. Another program's token is read: comparing
 * its slug and its filters with the request is the caller's task.
 */
export function readPageToken(key: Uint8Array, keyId: string, text: string): PageToken | undefined {
  if (text.length > TOKEN_LENGTH_MAX) return undefined;
  const bytes = Buffer.from(text, "base64url");
  if (bytes.toString("base64url") !== text) return undefined;
  if (bytes.length <= 1 + MAC_BYTES || bytes[0] !== VERSION) return undefined;

  const payload = bytes.subarray(1 + MAC_BYTES);
  const mac = bytes.subarray(1, 1 + MAC_BYTES);
  if (!timingSafeEqual(mac, computeMac(key, keyId, payload))) return undefined;
  return parsePayload(keyId, payload.toString());
}

function computeMac(key: Uint8Array, keyId: string, payload: Uint8Array): Buffer {
  // The JSON array ends itself, so no other key id and payload give the same bytes.
  const bound = JSON.stringify([VERSION, keyId]);
  return new Bun.CryptoHasher("sha256", key).update(bound).update(payload).digest();
}

/** The MAC vouches for it; its form is checked anyway, for the day when that changes. */
function parsePayload(keyId: string, text: string): PageToken | undefined {
  const values = parseJson(text);
  if (!Array.isArray(values)) return undefined;
  const [programSlug, fromTime, toTime, modifiedSince, revisionState, pageSize, ...rest]: unknown[] = values;
  if (typeof programSlug !== "string" || !isRevisionState(revisionState)) return undefined;
  if (!isTime(fromTime) || !isTime(toTime) || !isTime(modifiedSince)) return undefined;
  if (typeof pageSize !== "number" || !Number.isSafeInteger(pageSize) || pageSize < 1) {
    return undefined;
  }
  const last = readPosition(rest, modifiedSince !== null);
  if (last === undefined) return undefined;
  return { keyId, programSlug, fromTime, toTime, modifiedSince, revisionState, pageSize, last };
}

function readPosition(values: unknown[], isModified: boolean): PagePosition | undefined {
  const [applicationId, id, at] = values;
  if (!isInteger(applicationId)) return undefined;
  if (!isModified) return values.length === 1 ? { applicationId, modification: null } : undefined;
  if (values.length !== 3 || !isInteger(id) || !isInteger(at)) return undefined;
  return { applicationId, modification: { id, at } };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isTime(value: unknown): value is string | null {
  return value === null || isInteger(value);
}

function isInteger(value: unknown): value is string {
  return typeof value === "string" && INTEGER.test(value);
}

function isRevisionState(value: unknown): value is PageToken["revisionState"] {
  return value === null || value === "CURRENT" || value === "OBSOLETE";
}
