import { expect, test } from "bun:test";
import { beginTrace, readTrace, traceHeaders } from "../../../src/lib/net/trace-context.ts";

const id = "4bf92f3577b34da6a3ce929d0e0e4736";
const parent = "00f067aa0ba902b7";

test.each([
  ["no header", null, undefined],
  ["a sampled trace", `00-${id}-${parent}-01`, true],
  ["one that is not sampled", `00-${id}-${parent}-00`, false],
  ["flags of later versions", `00-${id}-${parent}-fe`, false],
  ["a later version", `cc-${id}-${parent}-01`, true],
  ["a later version with more fields", `01-${id}-${parent}-01-what-the-future-brings`, true],
  ["a later version whose flags are longer", `01-${id}-${parent}-010`, undefined],
  ["version 00 with more fields", `00-${id}-${parent}-01-x`, undefined],
  ["version ff", `ff-${id}-${parent}-01`, undefined],
  ["upper case", `00-${id.toUpperCase()}-${parent}-01`, undefined],
  ["a trace of zeros", `00-${"0".repeat(32)}-${parent}-01`, undefined],
  ["a parent of zeros", `00-${id}-${"0".repeat(16)}-01`, undefined],
  ["a short trace", `00-${id.slice(1)}-${parent}-01`, undefined],
  ["a long trace", `00-${id}0-${parent}-01`, undefined],
  ["other letters", `00-${id.replace("4", "g")}-${parent}-01`, undefined],
  ["no flags", `00-${id}-${parent}`, undefined],
  ["two headers", `00-${id}-${parent}-01, 00-${id}-${parent}-01`, undefined],
  ["a line break", `00-${id}-${parent}-01\n`, undefined],
  ["nothing", "", undefined],
])("%s", (_, header, isSampled) => {
  expect(readTrace(header)).toEqual(isSampled === undefined ? undefined : ({ id, isSampled } as never));
});

test("a call to another service is a child of its own in the same trace", () => {
  for (const isSampled of [true, false]) {
    const trace = { ...beginTrace(), isSampled };
    const [first = "", second = ""] = [1, 2].map(() => traceHeaders(trace).traceparent);
    expect(first).not.toBe(second);
    expect([first, second].map(readTrace)).toEqual([trace, trace]);
  }
  expect(traceHeaders(undefined)).toEqual({});
  expect(beginTrace().id).not.toBe(beginTrace().id);
});
