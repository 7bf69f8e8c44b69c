import { describe, expect, test } from "bun:test";
import { createHmac } from "node:crypto";
import fc from "fast-check";
import {
  createSaltRing,
  decoyHash,
  generateCredentials,
  hashSecret,
  parseBasicCredentials,
  type Salt,
  verifySecret,
} from "../../../src/domain/access/credentials.ts";
import { Secret } from "../../../src/lib/secrets/secret.ts";
import vectors from "../../fixtures/vectors/credentials.json";
import { anyText } from "../../support/any-text.ts";

describe("parseBasicCredentials", () => {
  test.each(vectors.header)("reads or refuses the header of a shared vector: %j", (vector) => {
    const { authorization, keyId, secret } = vector;
    const refusal = authorization ? "malformed" : "missing";
    expect(read(authorization)).toEqual(vector.refused ? refusal : [keyId ?? "", secret ?? ""]);
  });

  test.each(vectors.vectors)("reads CiviForm's token of $keyId", ({ token, keyId, secret }) => {
    expect(read(`Basic ${token}`)).toEqual([keyId, secret]);
  });

  test.each([
    ["no bytes", "Basic ===="],
    ["Base64url", `Basic ${Buffer.from("id:???>>>").toString("base64url")}`],
    ["no padding", "Basic YTpiYw"],
    ["too much padding", "Basic YTpi===="],
    ["a line break", "Basic YTpi\n"],
    ["a no-break space", "Basic\u00a0YTpi"],
    ["a colon alone", encode(":")],
    ["delete", encode("id:a\u007fb")],
    ["a C1 control character", encode("id:a\u0085b")],
    ["a tab in the key id", encode("i\td:secret")],
    ["an overlong UTF-8 form", `Basic ${Buffer.from([105, 58, 0xc0, 0xaf]).toString("base64")}`],
    ["a surrogate in UTF-8", `Basic ${Buffer.from([105, 58, 0xed, 0xa0, 0x80]).toString("base64")}`],
    ["two headers folded into one", "Basic YTpi,Basic YTpi"],
    ["another scheme that starts alike", "Basics YTpi"],
    ["a blank", " "],
  ])("refuses %s as malformed", (_, header) => {
    expect(read(header)).toBe("malformed");
  });

  test("treats an empty header like a missing one", () => {
    expect(read(null)).toBe("missing");
    expect(read("")).toBe("missing");
  });

  test("keeps a byte order mark as part of the text", () => {
    expect(read(encode("\ufeffid:secret"))).toEqual(["\ufeffid", "secret"]);
  });

  test("reads headers of up to 8 KiB, and refuses one byte more", () => {
    const withLength = (length: number) => {
      const value = Buffer.alloc(((length - "Basic ".length) / 4) * 3, "a");
      value[1] = ":".charCodeAt(0);
      return `Basic ${value.toString("base64")}`.padEnd(length, "=");
    };
    expect(withLength(8190)).toHaveLength(8190);
    expect(read(withLength(8190))).toBeArray();
    expect(read(withLength(8194))).toBe("malformed");
    expect(read("x".repeat(10_000_000))).toBe("malformed");
  });

  test("reads back every possible key ID and secret", () => {
    const visible = fc.string({ unit: "grapheme", minLength: 1 }).filter((text) => {
      return !/\p{Cc}/u.test(text) && text.isWellFormed();
    });
    fc.assert(
      fc.property(visible, visible, (keyId, secret) => {
        fc.pre(!keyId.includes(":"));
        expect(read(encode(`${keyId}:${secret}`))).toEqual([keyId, secret]);
      }),
    );
  });

  test("accepts only one spelling of each credential", () => {
    const header = encode("key-id:key-secret");
    fc.assert(
      fc.property(fc.nat(header.length), fc.string({ unit: "binary-ascii" }), (at, inserted) => {
        const other = header.slice(0, at) + inserted + header.slice(at);
        fc.pre(other !== header);
        expect(read(other)).not.toEqual(["key-id", "key-secret"]);
      }),
      { numRuns: 300 },
    );
  });

  test("never throws, whatever the text", () => {
    fc.assert(
      fc.property(anyText(), fc.base64String(), (text, base64) => {
        parseBasicCredentials(text);
        parseBasicCredentials(`Basic ${text}`);
        parseBasicCredentials(`Basic ${base64}`);
      }),
      { numRuns: 300 },
    );
  });

  function read(header: string | null) {
    const parsed = parseBasicCredentials(header);
    return parsed.kind === "credentials" ? [parsed.keyId, parsed.secret.reveal()] : parsed.kind;
  }

  function encode(text: string) {
    return `Basic ${Buffer.from(text).toString("base64")}`;
  }
});

describe("generateCredentials", () => {
  const many = Array.from({ length: 500 }, generateCredentials);

  test("makes key IDs, secrets and tokens in a fixed form that secret scanners recognise", () => {
    for (const { keyId, secret, token } of many) {
      expect(keyId).toMatch(/^cvk_[0-9A-Za-z]{22}$/);
      expect(secret.reveal()).toMatch(/^cvs_[0-9A-Za-z]{49}$/);
      expect(token.reveal()).toMatch(/^Y3Zr[0-9A-Za-z+/]{103}=$/);
    }
  });

  test("makes a token that decodes to its key ID and secret", () => {
    for (const { keyId, secret, token } of many) {
      const parsed = parseBasicCredentials(`Basic ${token.reveal()}`);
      expect(parsed).toMatchObject({ kind: "credentials", keyId });
      expect(parsed.kind === "credentials" && parsed.secret.reveal()).toBe(secret.reveal());
    }
  });

  test("never makes the same twice, and uses every character", () => {
    expect(new Set(many.map(({ keyId }) => keyId)).size).toBe(many.length);
    expect(new Set(many.map(({ secret }) => secret.reveal())).size).toBe(many.length);
    expect(new Set(many.map(({ secret }) => secret.reveal().slice(4, -6)).join("")).size).toBe(62);
  });

  test("ends a secret in a checksum that notices every changed character", () => {
    const text = generateCredentials().secret.reveal();
    expect(hasValidChecksum(text)).toBe(true);
    for (let at = 0; at < text.length; at++) {
      const changed = `${text.slice(0, at)}${text[at] === "a" ? "b" : "a"}${text.slice(at + 1)}`;
      expect(hasValidChecksum(changed)).toBe(false);
    }
  });
});

/** As a scanner checks it: the last six characters are the CRC-32 of those before, in base 62. */
function hasValidChecksum(secret: string): boolean {
  const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  const checksum = [...secret.slice(-6)].reduce((value, digit) => value * 62 + digits.indexOf(digit), 0);
  return checksum === Bun.hash.crc32(secret.slice(0, -6));
}

describe("stored hashes", () => {
  test.each(vectors.vectors)("equal CiviForm's: $stored", ({ salt, secret, stored }) => {
    expect(hashSecret(new Secret(secret), saltOf(salt))).toBe(stored);
    expect(verifySecret(new Secret(secret), stored, saltOf(salt))).toBe(true);
  });

  test("are HMAC-SHA-256 of the UTF-8 text, in Base64", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.string({ minLength: 1 }), (salt, secret) => {
        const expected = createHmac("sha256", salt).update(secret).digest("base64");
        expect(hashSecret(new Secret(secret), saltOf(salt))).toBe(expected);
      }),
    );
  });

  test("match only their own secret and salt", () => {
    const stored = hashSecret(new Secret("right"), saltOf("salt"));
    expect(verifySecret(new Secret("wrong"), stored, saltOf("salt"))).toBe(false);
    expect(verifySecret(new Secret("right"), stored, saltOf("other salt"))).toBe(false);
    expect(verifySecret(new Secret(stored), stored, saltOf("salt"))).toBe(false);
  });

  test.each(["", "AAAA", "not Base64", "A".repeat(10_000)])("that are malformed match no secret: %j", (text) => {
    expect(verifySecret(new Secret("right"), text, saltOf("salt"))).toBe(false);
  });

  test("have a decoy of the same form that matches no secret", () => {
    expect(Buffer.from(decoyHash, "base64")).toHaveLength(32);
    expect(verifySecret(new Secret(decoyHash), decoyHash, saltOf("salt"))).toBe(false);
  });
});

describe("createSaltRing", () => {
  const ring = createSaltRing("current salt", ["older salt", "oldest salt"]);

  test("finds every salt by its ID, including the current one", () => {
    expect([...ring.all.values()].map(({ value }) => value.reveal())).toEqual([
      "current salt",
      "older salt",
      "oldest salt",
    ]);
    expect(ring.all.get(ring.current.id)).toBe(ring.current);
  });

  test("gives a salt the same ID in every ring, which reveals nothing of its text", () => {
    const id = saltOf("older salt").id;
    expect(id).toMatch(/^[0-9a-f]{12}$/);
    expect(ring.all.get(id)?.value.reveal()).toBe("older salt");
    expect(createSaltRing("new salt", ["current salt"]).all.has(ring.current.id)).toBe(true);
    expect(ring.all.has(saltOf("dropped salt").id)).toBe(false);
  });

  test("holds a salt once even if it is listed twice", () => {
    expect(createSaltRing("one salt", ["one salt"]).all.size).toBe(1);
  });

  test("does not show its salts when it is printed", () => {
    expect(Bun.inspect(ring)).not.toContain("current salt");
    expect(JSON.stringify([...ring.all])).not.toContain("older salt");
  });
});

function saltOf(text: string): Salt {
  return createSaltRing(text, []).current;
}
