import { expect, test } from "bun:test";
import { seal, unseal } from "../../../src/lib/secrets/seal.ts";
import { Secret } from "../../../src/lib/secrets/secret.ts";

const key = new Uint8Array(32).fill(7);
const text = new Secret("GEZDGNBVGY3TQOJQ");

test("what is sealed opens with the same key and context, and never looks the same", () => {
  const sealed = seal(key, text, "app of 1");
  expect(unseal(key, sealed, "app of 1")?.reveal()).toBe(text.reveal());
  expect(seal(key, text, "app of 1")).not.toBe(sealed);
  expect(Buffer.from(sealed, "base64url").toString("latin1")).not.toContain(text.reveal());
});

test("what is sealed opens with no other key or context, nor when any byte is changed", () => {
  const sealed = seal(key, text, "app of 1");
  expect(unseal(new Uint8Array(32).fill(8), sealed, "app of 1")).toBeUndefined();
  expect(unseal(key, sealed, "app of 2")).toBeUndefined();
  for (let index = 0; index < Buffer.from(sealed, "base64url").length; index += 1) {
    const changed = Buffer.from(sealed, "base64url");
    changed[index] = (changed[index] ?? 0) ^ 1;
    expect(unseal(key, changed.toString("base64url"), "app of 1")).toBeUndefined();
  }
  for (const other of ["", "short", sealed.slice(0, -4), "no base64 at all: ü"]) {
    expect(unseal(key, other, "app of 1")).toBeUndefined();
  }
});
