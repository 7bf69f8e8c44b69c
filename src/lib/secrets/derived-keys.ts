/** Keys for every purpose but hashing secrets, all derived from one secret key. */
import { hkdfSync } from "node:crypto";
import type { Secret } from "./secret.ts";

/** What a derived key is for. What one of them signs means nothing to another. */
type KeyPurpose =
  | "page-token"
  | "fingerprint"
  | "alert-signature"
  | "device-cookie"
  | "authenticator-app"
  | "kept-form";

const KEY_BYTES = 32;
const FINGERPRINT_LENGTH = 16;

/** Derives the 32-byte key of one purpose (HKDF-SHA-256, RFC 5869). Same input, same key. */
export function deriveKey(secretKey: Secret, purpose: KeyPurpose): Uint8Array {
  const info = `civikey ${purpose}`;
  return new Uint8Array(hkdfSync("sha256", secretKey.reveal(), "", info, KEY_BYTES));
}

/** A stand-in for a text that must not be stored or logged. */
export type Fingerprint = string & { readonly checked: "fingerprint" };

/**
 * A short stand-in (16 hex characters) for a text that must not be stored or logged, such as an
 * unknown key id. One text has one stand-in; without the key nobody can test a guess against it.
 */
export function fingerprint(key: Uint8Array, text: string): Fingerprint {
  const digest = new Bun.CryptoHasher("sha256", key).update(text).digest("hex");
  return digest.slice(0, FINGERPRINT_LENGTH) as Fingerprint;
}
