import { describe, expect, test } from "bun:test";
import { createHmac } from "node:crypto";
import { deriveKey, fingerprint } from "../../../src/lib/secrets/derived-keys.ts";
import { Secret } from "../../../src/lib/secrets/secret.ts";

const secretKey = new Secret("a secret key of thirty-two bytes");

describe("deriveKey", () => {
  test("gives 32 bytes, the same ones every time", () => {
    expect(deriveKey(secretKey, "page-token")).toHaveLength(32);
    expect(deriveKey(secretKey, "page-token")).toEqual(deriveKey(secretKey, "page-token"));
  });

  test("gives every purpose and every secret key another key", () => {
    const keys = [
      deriveKey(secretKey, "page-token"),
      deriveKey(secretKey, "fingerprint"),
      deriveKey(secretKey, "alert-signature"),
      deriveKey(new Secret("another secret key"), "page-token"),
    ].map((key) => key.toHex());
    expect(new Set(keys).size).toBe(keys.length);
  });

  test("is HKDF-SHA-256 with an empty salt (RFC 5869)", () => {
    const extracted = createHmac("sha256", Buffer.alloc(32)).update(secretKey.reveal()).digest();
    const expanded = createHmac("sha256", extracted).update("civikey fingerprint\u0001").digest();
    expect(deriveKey(secretKey, "fingerprint").toHex()).toBe(expanded.toString("hex"));
  });
});

describe("fingerprint", () => {
  const key = deriveKey(secretKey, "fingerprint");

  test("is 16 hex characters, the same ones for the same text", () => {
    expect(fingerprint(key, "cvk_unknown")).toMatch(/^[0-9a-f]{16}$/);
    expect(fingerprint(key, "cvk_unknown")).toBe(fingerprint(key, "cvk_unknown"));
  });

  test("tells texts and keys apart", () => {
    expect(fingerprint(key, "cvk_unknown")).not.toBe(fingerprint(key, "cvk_unknowm"));
    const otherKey = deriveKey(new Secret("another secret key"), "fingerprint");
    expect(fingerprint(key, "cvk_unknown")).not.toBe(fingerprint(otherKey, "cvk_unknown"));
  });
});
