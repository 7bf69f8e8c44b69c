import { expect, test } from "bun:test";
import { inspect } from "node:util";
import { Secret } from "../../../src/lib/secrets/secret.ts";

const secret = new Secret("hunter2");

test("gives its text to whoever asks for it by name", () => {
  expect(secret.reveal()).toBe("hunter2");
});

test.each([
  ["a template", `${secret}`],
  ["concatenation", `x${String(secret)}`],
  ["JSON", JSON.stringify({ secret })],
  ["inspect", inspect({ secret }, { depth: 9, showHidden: true })],
  ["Bun.inspect", Bun.inspect({ secret })],
  ["an error", String(new Error(`refused ${secret}`))],
  ["its own keys", JSON.stringify([Object.entries(secret), Reflect.ownKeys(secret)])],
  ["a copy", JSON.stringify({ ...secret })],
])("does not show in %s", (_, shown) => {
  expect(shown).not.toContain("hunter2");
});

test("says what it is where it is printed", () => {
  expect(`${secret}`).toBe("[secret]");
  expect(JSON.stringify({ secret })).toBe('{"secret":"[secret]"}');
  expect(Bun.inspect({ secret })).toContain("[secret]");
});
