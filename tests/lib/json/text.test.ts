import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { JsonObject } from "../../../src/lib/json/object.ts";
import {
  JsonTextError,
  locate,
  parseJsonText,
  readJsonString,
  writeJsonText,
} from "../../../src/lib/json/text.ts";

const roundTrip = (text: string) => writeJsonText(parseJsonText(text));
const refuses = (text: string) => {
  try {
    parseJsonText(text);
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
    '"\\u0000 \\ud800 \\/ \\u00e9 é 😀"',
    '{"10":1,"9":2,"__proto__":{"constructor":null},"":[]}',
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

  test("an object of many members finds them all, and loses the one that is taken away", () => {
    const names = Array.from({ length: 50 }, (_, index) => `n${index}`);
    const object = parseJsonText(
      JSON.stringify(Object.fromEntries(names.map((name) => [name, 1]))),
    );
    if (!(object instanceof JsonObject)) throw new Error("no object");
    object.delete("n7");
    object.set("n8", "2");
    object.set("new", "3");
    expect(names.filter((name) => !object.has(name))).toEqual(["n7"]);
    expect([object.get("n8"), object.get("n49"), object.get("new")]).toEqual(["2", "1", "3"]);
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
      text: fc.constantFrom(
        "",
        ",",
        ":",
        '"',
        "\\",
        "{",
        "}",
        "[",
        "]",
        "-",
        "1",
        "e",
        " ",
        "\n",
        "u",
      ),
    });
    fc.assert(
      fc.property(mutation, ({ value, at, length, text }) => {
        const original = JSON.stringify(value);
        const mutated = original.slice(0, at) + text + original.slice(at + length);
        const hasRepeatedName = isJson(mutated) && refuses(mutated);
        if (!hasRepeatedName) expect(refuses(mutated)).toBe(!isJson(mutated));
        else expect(() => parseJsonText(mutated)).toThrow("stands twice");
      }),
      { numRuns: 3000 },
    );
  });

  test("a name that stands twice in one object, however it is escaped", () => {
    expect(() => parseJsonText(String.raw`{"a":1,"b":{"a":2},"\u0061":3}`)).toThrow(
      'The name "a" stands twice in one object',
    );
  });

  test("nesting deeper than 5,000 levels, but not 5,000", () => {
    const nested = (depth: number) => "[".repeat(depth) + "]".repeat(depth);
    expect(roundTrip(nested(5000))).toBe(nested(5000));
    expect(() => parseJsonText(nested(5001))).toThrow("Nested deeper than 5000 levels");
    expect(refuses("[".repeat(1_000_000))).toBe(true);
  });
});

test("an object knows its own text only when nothing in it would be written in another way", () => {
  const sourceOf = (text: string) => {
    const value = parseJsonText(text);
    return value instanceof JsonObject ? value.sourceText : undefined;
  };
  expect(sourceOf(' {"a":[1,{"b":"x y"}]} ')).toBe('{"a":[1,{"b":"x y"}]}');
  expect(sourceOf('{"a": 1}')).toBeUndefined();
  expect(sourceOf(String.raw`{"\u0061":1}`)).toBeUndefined();
});

test("an error says where it is, by line and column", () => {
  const text = '{\n  "a": 1,\n  "b": tru\n}';
  try {
    parseJsonText(text);
    throw new Error("was read");
  } catch (error) {
    if (!(error instanceof JsonTextError)) throw error;
    expect(locate(text, error.offset)).toEqual({ line: 3, column: 8 });
  }
});

test("a string's text is what it stands for, and nothing else is a string", () => {
  expect(readJsonString(String.raw`"a\u00e9\n"`)).toBe("aé\n");
  for (const value of ["1", "null", [], new JsonObject(), undefined]) {
    expect(readJsonString(value)).toBeUndefined();
  }
});
