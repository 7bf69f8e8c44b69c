/** Page tokens: opaque, authenticated, good for one key and one listing. */
import { timingSafeEqual } from "node:crypto";

/** The choices that a listing is started with; null is "not given". Times are epoch microseconds. */
export interface ListingChoices {
  /** Inclusive. */
  readonly fromTime: bigint | null;
  /** Exclusive. */
  readonly toTime: bigint | null;
  /** Inclusive. With it the order is that of modification. */
  readonly modifiedSince: bigint | null;
  readonly revisionState: "CURRENT" | "OBSOLETE" | null;
  readonly pageSize: number;
}

/** Where a listing goes on, and every choice it was started with. */
export interface PageToken extends ListingChoices {
  readonly keyId: string;
  readonly programSlug: string;
  /** The last application of the page before: the next page goes on after it. */
  readonly last: PagePosition;
}

/** Where an application stands in a listing; numbers as decimal text. */
export interface PagePosition {
  readonly applicationId: string;
  /** In a listing of what was modified: by which modification, and when (epoch microseconds). */
  readonly modification: { readonly id: string; readonly at: string } | null;
}

/** Of the payload: another form of it needs another version. */
const VERSION = 2;
const MAC_BYTES = 32;
const TOKEN_LENGTH_MAX = 4096;

/**
 * Makes the token of the next page, as Base64url without padding: version, MAC, payload. The key id
 * is under the MAC but not in the token, and the payload is not encrypted: put no secret in it.
 */
export function createPageToken(key: Uint8Array, token: PageToken): string {
  const { keyId, programSlug, fromTime, toTime, modifiedSince, revisionState, pageSize } = token;
  const { applicationId, modification } = token.last;
  const times = [fromTime, toTime, modifiedSince].map((time) => time?.toString() ?? null);
  const last = modification === null ? [applicationId] : [applicationId, modification.id, modification.at];
  const payload = Buffer.from(JSON.stringify([programSlug, ...times, revisionState, pageSize, ...last]));
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

/** What `createPageToken` wrote: the MAC and the version vouch for it. */
function parsePayload(keyId: string, text: string): PageToken {
  const [programSlug, from, to, since, revisionState, pageSize, applicationId, id, at] = JSON.parse(text);
  const readTime = (time: string | null) => (time === null ? null : BigInt(time));
  return {
    ...{ keyId, programSlug, revisionState, pageSize },
    fromTime: readTime(from),
    toTime: readTime(to),
    modifiedSince: readTime(since),
    last: { applicationId, modification: id === undefined ? null : { id, at } },
  };
}
