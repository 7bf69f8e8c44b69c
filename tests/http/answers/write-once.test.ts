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

test("writes the same source once, and another one separately", () => {
  const { ask, written } = createWriter("once");
  expect([ask("a"), ask("b"), ask("a")].map((text) => text[0])).toEqual(["a", "b", "a"]);
  expect(written).toEqual(["a", "b"]);
});

test("keeps texts of different kinds apart", () => {
  const [one, other] = [createWriter("one"), createWriter("other")];
  one.ask("a");
  other.ask("a");
  expect([one.written, other.written]).toEqual([["a"], ["a"]]);
});

test("doesn't keep a failure", () => {
  const source = { kind: "failing" };
  expect(() =>
    writeOnce(source, () => {
      throw new Error("not now");
    }),
  ).toThrow("not now");
  expect(writeOnce(source, () => "now")).toBe("now");
});

test("limits the total size: the text requested longest ago goes first", () => {
  const { ask, written } = createWriter("bounded");
  for (const name of ["a", "b", "c", "a", "d", "a", "b"]) ask(name, 10_000_000);
  expect(written).toEqual(["a", "b", "c", "d", "b"]);
});

test("writes a text that exceeds the limit each time, correctly", () => {
  const { ask, written } = createWriter("endless");
  expect(ask("a", 40_000_000)).toHaveLength(40_000_000);
  expect(ask("a", 40_000_000)).toHaveLength(40_000_000);
  expect(written).toEqual(["a", "a"]);
});
