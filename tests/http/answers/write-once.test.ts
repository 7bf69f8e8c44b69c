import { expect, test } from "bun:test";
import { writeOnce } from "../../../src/http/answers/write-once.ts";

/** Writes a text of so many characters for a source, and counts how often that was needed. */
function createWriter(kind: string) {
  const written: string[] = [];
  return {
    written,
    ask: (name: string, length = 10) =>
      writeOnce({ kind, ...{ name } }, () => {
        written.push(name);
        return name.padEnd(length, "x");
      }),
  };
}

test("the same source is written once, and another one by itself", () => {
  const { ask, written } = createWriter("once");
  expect([ask("a"), ask("b"), ask("a")].map((text) => text[0])).toEqual(["a", "b", "a"]);
  expect(written).toEqual(["a", "b"]);
});

test("texts of another kind are other texts", () => {
  const [one, other] = [createWriter("one"), createWriter("other")];
  one.ask("a");
  other.ask("a");
  expect([one.written, other.written]).toEqual([["a"], ["a"]]);
});

test("what fails is not kept", () => {
  const source = { kind: "failing" };
  expect(() =>
    writeOnce(source, () => {
      throw new Error("not now");
    }),
  ).toThrow("not now");
  expect(writeOnce(source, () => "now")).toBe("now");
});

test("there is a limit to all texts together: what nobody asked for the longest goes first", () => {
  const { ask, written } = createWriter("bounded");
  for (const name of ["a", "b", "c", "a", "d", "a", "b"]) ask(name, 10_000_000);
  expect(written).toEqual(["a", "b", "c", "d", "b"]);
});

test("a text that is too large for the limit is written each time, and is right each time", () => {
  const { ask, written } = createWriter("endless");
  expect(ask("a", 40_000_000)).toHaveLength(40_000_000);
  expect(ask("a", 40_000_000)).toHaveLength(40_000_000);
  expect(written).toEqual(["a", "a"]);
});
