import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { splitRecords } from "../../../../src/lib/json/records/split.ts";
import { bytesOf } from "../../../support/imports.ts";

interface Split {
  number: number;
  line: number | null;
  text: string | null;
}

async function split(source: Parameters<typeof splitRecords>[0], bytesMax?: number): Promise<Split[]> {
  const records: Split[] = [];
  for await (const batch of splitRecords(source, bytesMax)) {
    for (const { number, line, bytes } of batch) {
      const text = bytes && new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
      records.push({ number, line, text: text?.trim() ?? null });
    }
  }
  return records;
}
const textsOf = async (text: string, pieceLength?: number) =>
  (await split(bytesOf(text, pieceLength))).map((record) => record.text);

const records = ['{"a":1}', '{"b":"}],{\\"\\\\"}', '{"payload":[{"c":[]}]}', '{"d":"é😀"}'];

describe("the same records come from", () => {
  const list = records.join(",");
  const sources: Record<string, string> = {
    "a compact list answer": `{"payload":[${list}],"nextPageToken":null}`,
    "a list answer with its payload last": `{"next":{"payload":[1]},"x":["payload",[]],"payload":[${list}]}`,
    "a pretty list answer": `{\r\n  "payload" : [\r\n    ${records.join(",\r\n    ")}\r\n  ]\r\n}\r\n`,
    "several list answers in a row": records.map((record) => `{"payload":[${record}]}`).join("\n"),
    "a bare array": ` [${list}] `,
    NDJSON: records.join("\n"),
    "NDJSON with CRLF, empty lines and a last line end": `\r\n${records.join("\r\n \r\n")}\r\n\r\n`,
    "a file with a byte order mark": `\uFEFF${records.join("\n")}`,
    "files with byte order marks, joined": `\uFEFF\n${records.map((record) => `\uFEFF${record}\r\n`).join("")}\uFEFF`,
    "list answers with byte order marks, joined": `${records.map((record) => `\uFEFF[${record}]`).join("")}\uFEFF`,
  };
  for (const [name, text] of Object.entries(sources)) {
    test(`${name}, whatever pieces it comes in`, async () => {
      for (const pieceLength of [1, 2, 3, 7, 16, 1000]) {
        expect(await textsOf(text, pieceLength)).toEqual(records);
      }
    });
  }
});

test("any cut of any file gives the records that the whole file gives", async () => {
  const record = fc.jsonValue().map((value) => JSON.stringify({ value }));
  const file = fc
    .tuple(fc.array(record, { maxLength: 6 }), fc.constantFrom("lines", "list", "array", "pretty"))
    .map(([all, form]) => {
      if (form === "lines") return { all, text: all.join("\n") };
      if (form === "array") return { all, text: `[${all.join(" , ")}]` };
      const payload = all.map((each) => JSON.parse(each));
      return {
        all,
        text: JSON.stringify({ nextPageToken: "x", payload }, null, form === "pretty" ? 1 : 0),
      };
    });
  const cuts = fc.array(fc.nat(400), { maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(file, cuts, async ({ all, text }, places) => {
      const bytes = new TextEncoder().encode(text);
      const bounds = [0, ...places.filter((at) => at < bytes.length).sort((a, b) => a - b), bytes.length];
      async function* pieces() {
        const memory = new Uint8Array(bytes.length);
        for (const [index, end] of bounds.entries()) {
          const start = bounds[index - 1] ?? 0;
          // One memory for all pieces, as a reader that reuses its buffer would have it.
          memory.fill(0x22);
          memory.set(bytes.subarray(start, end));
          yield memory.subarray(0, end - start);
        }
      }
      const found = (await split(pieces())).map((each) => JSON.parse(each.text ?? "0"));
      expect(found).toEqual(all.map((each) => JSON.parse(each)));
    }),
    { numRuns: 500 },
  );
});

test("a record knows its number, and its line in NDJSON, where empty lines count", async () => {
  expect(await split(bytesOf('{}\n\n{"a":1}\n'))).toEqual([
    { number: 1, line: 1, text: "{}" },
    { number: 2, line: 3, text: '{"a":1}' },
  ]);
  expect(await split(bytesOf('{"payload":[{},\n{}]}'))).toEqual([
    { number: 1, line: null, text: "{}" },
    { number: 2, line: null, text: "{}" },
  ]);
});

describe("bad lines stay lines of their own", () => {
  const cases: Record<string, [string, string[]]> = {
    "a first line that breaks off": ['{"a":{\n{"b":1}', ['{"a":{', '{"b":1}']],
    "a first line that breaks off within a string": ['{"a":"x\n{"b":1}', ['{"a":"x', '{"b":1}']],
    "a first line that is no JSON": ['oops\n{"b":1}', ["oops", '{"b":1}']],
    "a last line that breaks off": ['{"b":1}\n{"a":"', ['{"b":1}', '{"a":"']],
    "a list with another name": ['{"items":[{}]}', ['{"items":[{}]}']],
    "a payload that is no list": ['{"payload":null}', ['{"payload":null}']],
  };
  for (const [name, [text, expected]] of Object.entries(cases)) {
    test(name, async () => {
      for (const pieceLength of [1, 5, 1000]) {
        expect(await textsOf(text, pieceLength)).toEqual(expected);
      }
    });
  }
});

test("records that span lines are refused as neither a list answer nor NDJSON", async () => {
  const record = fc.dictionary(fc.string(), fc.jsonValue(), { minKeys: 1 });
  const indent = fc.constantFrom(1, 2, "\t");
  await fc.assert(
    fc.asyncProperty(record, indent, fc.integer({ min: 1, max: 50 }), async (value, by, piece) => {
      fc.pre(!("payload" in value));
      const text = JSON.stringify(value, null, by);
      for (const file of [text, `${text}\n${text}\n`, `\uFEFF\n${text}`]) {
        await expect(textsOf(file, piece)).rejects.toMatchObject({
          ...{
            code: "invalid",
            message: expect.stringContaining("neither a list answer nor NDJSON"),
          },
        });
      }
    }),
    { numRuns: 50 },
  );
});

test("everything between the commas of a list is a record, valid or not", async () => {
  expect(await textsOf('{"payload":[1,,"a,b",{"x":tru},]}')).toEqual(["1", "", '"a,b"', '{"x":tru}', ""]);
});

test("an empty file has no records", async () => {
  for (const text of ["", " \r\n\n", "\uFEFF", "[]", "[ ]", '{"payload":[]}', '{"payload":[\n],"x":1}']) {
    expect(await textsOf(text, 1)).toEqual([]);
  }
});

describe("a malformed list is refused", () => {
  const cases: Record<string, string> = {
    "[{}": "the file ends before its list does (before the first record)",
    '{"payload":[{},{"a":1}': "the file ends before its list does (after record 1)",
    '{"payload":[{}],"x': "the file ends before its list does (after record 1)",
    "[{}] x": "something stands outside of its list (after record 1)",
    "[{}],[{}]": "something stands outside of its list (after record 1)",
    '[{}]"': "something stands outside of its list (after record 1)",
    "[{}}": 'a "]" is expected (before the first record)',
    "[{}]]": "a bracket closes nothing (after record 1)",
    '[{}]{"applicant_id":1}': "an object has no list called payload (after record 1)",
  };
  for (const [text, problem] of Object.entries(cases)) {
    test(text, async () => {
      for (const pieceLength of [1, 1000]) {
        await expect(textsOf(text, pieceLength)).rejects.toMatchObject({
          ...{ code: "invalid", message: `JSON is incorrectly formatted: ${problem}.` },
        });
      }
    });
  }
});

describe("a record that is too long", () => {
  const long = `{"long":"${"x".repeat(100)}"}`;
  test("is reported without its bytes, and those around it are kept", async () => {
    for (const text of [`{}\n${long}\n{}`, `[{},${long},{}]`, `${long}\n{}`, `{"payload":[${long},{}]}`]) {
      for (const pieceLength of [3, 1000]) {
        const found = await split(bytesOf(text, pieceLength), 50);
        expect(found.map((each) => each.text)).toEqual(
          text.startsWith("{}") || text.startsWith("[") ? ["{}", null, "{}"] : [null, "{}"],
        );
      }
    }
  });
});

test("a web stream can be read, and is cancelled when the reader stops early", async () => {
  let isCancelled = false;
  const stream = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(new TextEncoder().encode("{}\n{}\n")),
    cancel: () => {
      isCancelled = true;
    },
  });
  for await (const batch of splitRecords(stream)) {
    expect(batch.length).toBeGreaterThan(0);
    break;
  }
  expect(isCancelled).toBe(true);
});
