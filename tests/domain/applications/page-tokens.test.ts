import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { createPageToken, type PageToken, readPageToken } from "../../../src/domain/applications/page-tokens.ts";
import { deriveKey } from "../../../src/lib/secrets/derived-keys.ts";
import { Secret } from "../../../src/lib/secrets/secret.ts";
import { anyText } from "../../support/any-text.ts";

const key = deriveKey(new Secret("a secret key of thirty-two bytes"), "page-token");
const token: PageToken = {
  keyId: "cvk_0123456789abcdefghijkl",
  programSlug: "utility-discount",
  fromTime: 1641024000000000n,
  toTime: null,
  modifiedSince: null,
  revisionState: "CURRENT",
  pageSize: 100,
  last: { applicationId: "9223372036854775807", modification: null },
};

describe("a page token", () => {
  test("reads as what it was made of, whatever that was", () => {
    fc.assert(
      fc.property(anyPageToken(), (made) => {
        expect(readPageToken(key, made.keyId, createPageToken(key, made))).toEqual(made);
      }),
    );
  });

  test("needs no escaping in a URL, and does not contain the key id", () => {
    const text = createPageToken(key, token);
    expect(text).toMatch(/^[A-Za-z0-9_-]+$/);
    expect(Buffer.from(text, "base64url").toString("latin1")).not.toContain(token.keyId);
  });

  test("is refused when another key shows it", () => {
    const text = createPageToken(key, token);
    expect(readPageToken(key, "cvk_another", text)).toBeUndefined();
    expect(readPageToken(key, "", text)).toBeUndefined();
  });

  test("is refused when another instance made it, or a key of another purpose", () => {
    const otherSecretKey = new Secret("another secret key");
    const secretKey = new Secret("a secret key of thirty-two bytes");
    for (const otherKey of [deriveKey(otherSecretKey, "page-token"), deriveKey(secretKey, "alert-signature")]) {
      expect(readPageToken(key, token.keyId, createPageToken(otherKey, token))).toBeUndefined();
    }
  });

  test("of another program still reads, so that the caller can say so", () => {
    const text = createPageToken(key, { ...token, programSlug: "another-program" });
    expect(readPageToken(key, token.keyId, text)?.programSlug).toBe("another-program");
  });

  test("is refused in every one of 2,000 mutations, and none throws", () => {
    const text = createPageToken(key, token);
    const mutations = fc.sample(
      mutationOf(text).filter((mutation) => mutation !== text),
      { numRuns: 2_000, seed: 20_260_101 },
    );
    const accepted = mutations.filter((mutation) => readPageToken(key, token.keyId, mutation));
    expect(accepted).toEqual([]);
    expect(mutations).toHaveLength(2_000);
  });

  test("is refused with any single bit flipped", () => {
    const bytes = Buffer.from(createPageToken(key, token), "base64url");
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const flipped = Buffer.from(bytes);
      flipped.writeUInt8(flipped.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      expect(readPageToken(key, token.keyId, flipped.toString("base64url"))).toBeUndefined();
    }
  });

  test("is refused cut short at any place, and in any other spelling", () => {
    const text = createPageToken(key, token);
    for (let length = 0; length < text.length; length++) {
      expect(readPageToken(key, token.keyId, text.slice(0, length))).toBeUndefined();
    }
    for (const spelling of [`${text}=`, `${text}==`, ` ${text}`, `${text}\n`, `${text}%3D`]) {
      expect(readPageToken(key, token.keyId, spelling)).toBeUndefined();
    }
  });

  test.each(["", "null", "MTIz", "A".repeat(4096), "A".repeat(10_000_000), "\u0000", "💥"])(
    "is not %#, and reading that does not throw",
    (text) => {
      expect(readPageToken(key, token.keyId, text)).toBeUndefined();
    },
  );
});

function anyPageToken(): fc.Arbitrary<PageToken> {
  const time = fc.bigInt(-(10n ** 17n), 10n ** 18n);
  const id = fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n).map(String);
  const common = {
    keyId: fc.string({ unit: "grapheme" }),
    programSlug: fc.string({ unit: "grapheme" }),
    fromTime: fc.option(time),
    toTime: fc.option(time),
    revisionState: fc.constantFrom("CURRENT" as const, "OBSOLETE" as const, null),
    pageSize: fc.integer({ min: 1 }),
  };
  return fc.oneof(
    fc.record({
      ...common,
      modifiedSince: fc.constant(null),
      last: fc.record({ applicationId: id, modification: fc.constant(null) }),
    }),
    fc.record({
      ...common,
      modifiedSince: time,
      last: fc.record({ applicationId: id, modification: fc.record({ id, at: time.map(String) }) }),
    }),
  );
}

function mutationOf(text: string): fc.Arbitrary<string> {
  const at = fc.nat(text.length);
  const inserted = fc.oneof(fc.string({ unit: fc.constantFrom(..."ABCDabcd0189-_=+/ ") }), anyText());
  return fc.oneof(
    fc.tuple(at, at, inserted).map(([from, to, middle]) => {
      return text.slice(0, from) + middle + text.slice(to);
    }),
    fc.tuple(at, inserted).map(([from, middle]) => {
      return text.slice(0, from) + middle + text.slice(from + middle.length);
    }),
    fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes).toString("base64url")),
  );
}
