import { expect, test } from "bun:test";
import { createBoundedMap } from "../../../src/lib/limits/bounded-map.ts";

test("a map drops its oldest entries when there are too many", () => {
  const map = createBoundedMap<string, number>(2);
  for (const [key, value] of [
    ["a", 1],
    ["b", 2],
    ["a", 3],
    ["c", 4],
  ] as const)
    map.set(key, value);
  expect(["a", "b", "c"].map(map.get)).toEqual([3, undefined, 4]);
});

test("a map whose values have sizes drops as many as a new one needs", () => {
  const map = createBoundedMap<string, string>(10, ({ length }) => length);
  map.set("a", "xxxx");
  map.set("b", "xxxx");
  map.set("a", "xx");
  map.set("c", "xxxx");
  expect(["a", "b", "c"].map(map.get)).toEqual(["xx", "xxxx", "xxxx"]);
  map.set("d", "xxxxxxxx");
  expect(["a", "b", "c", "d"].map(map.get)).toEqual([undefined, undefined, undefined, "xxxxxxxx"]);
});
