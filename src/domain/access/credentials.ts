/** Key ids and secrets: reading them from a request, generating and hashing them. */
import { timingSafeEqual } from "node:crypto";
import { Secret } from "../../lib/secrets/secret.ts";

/** What an `Authorization` header contains. */
export type BasicCredentials =
  | { readonly kind: "missing" }
  | { readonly kind: "malformed" }
  | { readonly kind: "credentials"; readonly keyId: string; readonly secret: Secret };

/** A fresh key's credentials. `token` is what follows `Basic ` in the header. */
export interface NewCredentials {
  readonly keyId: string;
  readonly secret: Secret;
  readonly token: Secret;
}

/** A key for hashing secrets. Its id is a hash of it, so that configuration needs no ids. */
export interface Salt {
  readonly id: string;
  readonly value: Secret;
}

/** The configured salts. New hashes use `current`; a stored one has its salt's id beside it. */
export interface SaltRing {
  readonly current: Salt;
  readonly all: ReadonlyMap<string, Salt>;
}

const HEADER_LENGTH_MAX = 8 * 1024;
const BASIC_HEADER = /^basic ([A-Za-z0-9+/]+={0,2})$/i;
const CONTROL_CHARACTER = /\p{Cc}/u;
const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/**
 * Reads one Basic credential strictly (RFC 7617): any case of the scheme, one space, one canonical
 * padded Base64 value, UTF-8 without control characters, split at the first colon, both parts
 * non-empty, at most 8 KiB. No header and an empty one are `missing`, all else is `malformed`.
 */
export function parseBasicCredentials(header: string | null): BasicCredentials {
  if (header === null || header === "") return { kind: "missing" };
  const encoded = header.length <= HEADER_LENGTH_MAX ? BASIC_HEADER.exec(header)?.[1] : undefined;
  const text = encoded && decodeCanonicalBase64(encoded);
  if (!text || CONTROL_CHARACTER.test(text)) return { kind: "malformed" };

  const colon = text.indexOf(":");
  if (colon < 1 || colon === text.length - 1) return { kind: "malformed" };
  const secret = new Secret(text.slice(colon + 1));
  return { kind: "credentials", keyId: text.slice(0, colon), secret };
}

function decodeCanonicalBase64(encoded: string): string | undefined {
  try {
    // Strict about padding and unused bits: each value has only one valid spelling.
    return UTF8.decode(Uint8Array.fromBase64(encoded, { lastChunkHandling: "strict" }));
  } catch {
    return undefined;
  }
}

/**
 * Makes a key id of 128 random bits (`cvk_` + 22 base62 characters) and a secret of 256 (`cvs_` +
 * 43, + the CRC-32 of all before in 6), so that scanners recognise both. The token starts with `Y3Zr`, always.
 */
export function generateCredentials(): NewCredentials {
  const keyId = `cvk_${randomBase62(16, 22)}`;
  const body = `cvs_${randomBase62(32, 43)}`;
  const secret = body + toBase62(BigInt(Bun.hash.crc32(body)), 6);
  const token = Buffer.from(`${keyId}:${secret}`).toString("base64");
  return { keyId, secret: new Secret(secret), token: new Secret(token) };
}

function randomBase62(byteCount: number, length: number): string {
  const bytes = crypto.getRandomValues(new Uint8Array(byteCount));
  return toBase62(BigInt(`0x${bytes.toHex()}`), length);
}

function toBase62(value: bigint, length: number): string {
  let text = "";
  for (let rest = value; text.length < length; rest /= 62n) {
    text = BASE62.charAt(Number(rest % 62n)) + text;
  }
  return text;
}

/** The stored form of a secret, CiviForm's too: Base64 HMAC-SHA-256 of its text, keyed by salt. */
export function hashSecret(secret: Secret, salt: Salt): string {
  return computeHmac(salt.value, secret.reveal()).toString("base64");
}

/**
 * Whether the secret has this stored hash under this salt. Always costs one HMAC and one constant-time
 * comparison. A text that is not a hash matches nothing.
 */
export function verifySecret(secret: Secret, storedHash: string, salt: Salt): boolean {
  const actual = computeHmac(salt.value, secret.reveal());
  const stored = Buffer.from(storedHash, "base64");
  const isHash = stored.length === actual.length;
  return timingSafeEqual(actual, isHash ? stored : actual) && isHash;
}

/** A hash of no secret: unknown keys are checked against it, so that they cost the same as known ones. */
export const decoyHash = crypto.getRandomValues(new Uint8Array(32)).toBase64();

/** Makes the ring of the configured salts. Configuration has checked them. */
export function createSaltRing(current: string, older: readonly string[]): SaltRing {
  const currentSalt = createSalt(current);
  const salts = [currentSalt, ...older.map(createSalt)];
  return { current: currentSalt, all: new Map(salts.map((salt) => [salt.id, salt])) };
}

function createSalt(text: string): Salt {
  const value = new Secret(text);
  return { id: computeHmac(value, "civikey salt id").toString("hex").slice(0, 12), value };
}

function computeHmac(key: Secret, message: string): Buffer {
  return new Bun.CryptoHasher("sha256", key.reveal()).update(message).digest();
}
