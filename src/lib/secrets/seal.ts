/** Encrypts small texts that must be read again later, such as what an authenticator app shares with us (AES-256-GCM). */
import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { Secret } from "./secret.ts";

const nonceBytes = 12;
const tagBytes = 16;

/** Encrypts a text with a 32-byte key, in base64url. It opens only with the same key and context (whose it is, what for). */
export function seal(key: Uint8Array, text: Secret, context: string): string {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(Buffer.from(context));
  const encrypted = Buffer.concat([cipher.update(text.reveal(), "utf8"), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), encrypted]).toString("base64url");
}

/** The text that was sealed; undefined when it was sealed with another key or for another context, or was changed. */
export function unseal(key: Uint8Array, sealed: string, context: string): Secret | undefined {
  const bytes = Buffer.from(sealed, "base64url");
  if (bytes.length < nonceBytes + tagBytes) return undefined;
  const [nonce, tag] = [bytes.subarray(0, nonceBytes), bytes.subarray(nonceBytes, nonceBytes + tagBytes)];
  const decipher = createDecipheriv("aes-256-gcm", key, nonce, { authTagLength: tagBytes });
  decipher.setAAD(Buffer.from(context)).setAuthTag(tag);
  const start = decipher.update(bytes.subarray(nonceBytes + tagBytes));
  try {
    return new Secret(Buffer.concat([start, decipher.final()]).toString("utf8"));
  } catch {
    // `final` throws for this reason only: the tag does not fit.
    return undefined;
  }
}
