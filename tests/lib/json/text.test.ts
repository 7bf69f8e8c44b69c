import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { JsonTextError, locate } from "../../../src/lib/json/problem.ts";
import { memberOf, numberText, parseJson, setMember, writeJson } from "../../../src/lib/json/text.ts";

const roundTrip = (text: string) => writeJson(parseJson(text));
const refuses = (text: string) => {
  try {
    parseJson(text);
    return false;
  } catch (error) {
    if (error instanceof JsonTextError) return true;
    throw error;
  }
};
const isJson = (text: string) => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

describe("what is kept", () => {
  const texts = [
    "9007199254740993",
    "100.0",
    "-0",
    "1e400",
    "0.1000000000000000055511151231257827",
    '"\\u0000 \\ud800 é 😀"',
    '{"z":1.0,"a":2,"__proto__":{"constructor":null},"":[]}',
    "[[],{},[{}]]",
    "null",
  ];
  for (const text of texts) {
    test(`${text} comes back to the letter`, () => expect(roundTrip(text)).toBe(text));
  }

  test("any JSON comes back as it was, without its blanks", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.nat(3), (value, spaces) => {
        const text = JSON.stringify(value, null, spaces);
        expect(roundTrip(text)).toBe(JSON.stringify(value));
      }),
    );
  });

  test("names like array indices may come first, with their values", () => {
    expect(roundTrip('{"b":1.0,"10":2,"9":3}')).toBe('{"9":3,"10":2,"b":1.0}');
  });
});

describe("what is refused", () => {
  const texts = [
    ...["", " ", "{", '{"a"', '{"a":', '{"a":1', '{"a":1,}', '{"a":1 "b":2}', "{a:1}", "{,}"],
    ...["[", "[1", "[1,]", "[,1]", "[1 2]", "]", "01", "+1", ".5", "1.", "1e", "-", "NaN", "nul"],
    ...['"', '"\n"', '"\u0000"', '"\\x"', '"\\u12g4"', "'a'", "1 2", "{}{}", "// no\n1", "\uFEFF1"],
  ];
  for (const text of texts) {
    test(`${JSON.stringify(text)} is no JSON`, () => expect(refuses(text)).toBe(true));
  }

  test("everything that JSON.parse refuses, and nothing else, whatever is done to a text", () => {
    const mutation = fc.record({
      value: fc.jsonValue({ maxDepth: 3 }),
      at: fc.nat(40),
      length: fc.nat(2),
      text: fc.constantFrom("", ",", ":", '"', "\\", "{", "}", "[", "]", "-", "1", "e", " ", "\n", "u"),
    });
    fc.assert(
      fc.property(mutation, ({ value, at, length, text }) => {
        const original = JSON.stringify(value);
        const mutated = original.slice(0, at) + text + original.slice(at + length);
        const hasRepeatedName = isJson(mutated) && refuses(mutated);
        if (!hasRepeatedName) expect(refuses(mutated)).toBe(!isJson(mutated));
        else expect(() => parseJson(mutated)).toThrow("appears twice");
      }),
      { numRuns: 1000 },
    );
  });

  test("a name that appears twice in one object, however it is escaped", () => {
    expect(() => parseJson(String.raw`{"a":1,"b":{"a":2},"\u0061":3}`)).toThrow(
      'The name "a" appears twice in one object',
    );
  });

  test("nesting deeper than 128 levels, but not 128, of any size", () => {
    for (const [start, end] of [
      ["[", "]"],
      ['{"a":', "}"],
    ] as const) {
      const nested = (depth: number) => start.repeat(depth) + (start === "[" ? "" : "1") + end.repeat(depth);
      expect(roundTrip(nested(128))).toBe(nested(128));
      expect(() => parseJson(nested(129))).toThrow("Nested deeper than 128 levels");
      expect(() => parseJson(nested(200_000))).toThrow("Nested deeper than 128 levels");
      expect(refuses(start.repeat(200_000))).toBe(true);
    }
  });

  test("a number of more than 1,000 characters, which Jackson and Python refuse, but not of 1,000", () => {
    for (const [start, end] of [
      ["", ""],
      ["-", ""],
      ["0.", ""],
      ["", "e0"],
    ] as const) {
      const number = (length: number) => start + "9".repeat(length - start.length - end.length) + end;
      const inList = (length: number) => `{"a":[${number(length)}]}`;
      expect(roundTrip(inList(1000))).toBe(inList(1000));
      expect(() => parseJson(inList(1001))).toThrow("A number has more than 1000 characters");
      expect(refuses(number(1_000_000))).toBe(true);
    }
  });
});

test("an error says where it is, by line and column", () => {
  const text = '{\n  "a": 1,\n  "b": tru\n}';
  try {
    parseJson(text);
    throw new Error("was read");
  } catch (error) {
    if (!(error instanceof JsonTextError)) throw error;
    expect(locate(text, error.offset)).toEqual({ line: 3, column: 8 });
  }
});

test("only numbers have a number's text, exact to the last digit", () => {
  const value = parseJson('[1,1.0,9007199254740993,"1",null,{}]');
  if (!Array.isArray(value)) throw new Error("no list");
  expect(value.map(numberText)).toEqual([...["1", "1.0", "9007199254740993"], ...[undefined, undefined, undefined]]);
});

test("an object has its own members only, whatever they are called", () => {
  const object = {};
  expect(memberOf(object, "toString")).toBeUndefined();
  setMember(object, "__proto__", { a: 1 });
  expect(memberOf(object, "__proto__")).toEqual({ a: 1 });
  expect(writeJson(object)).toBe('{"__proto__":{"a":1}}');
});

test("a long array keeps nobody waiting: it takes a few times as long as the engine alone", () => {
  const text = `[${"1,".repeat(500_000)}1]`;
  const fastestMs = (read: (text: string) => unknown) => {
    const times = Array.from({ length: 3 }, () => {
      const before = process.threadCpuUsage();
      read(text);
      return process.threadCpuUsage(before).user / 1000;
    });
    return Math.min(...times);
  };
  expect(fastestMs(parseJson)).toBeLessThan(20 * fastestMs(JSON.parse));
});
