import { expect, test } from "bun:test";
import fc from "fast-check";
import { readPlainRecord } from "../../../../src/domain/applications/imports/plain-records.ts";
import { readApplicationRecord } from "../../../../src/domain/applications/imports/records.ts";
import { makeRecord } from "../../../support/imports.ts";

const unanswered = '{"question_type":"TEXT","text":null}';
const pet = { repeated: new Map(), unanswered };
const program = {
  adminName: "made-up",
  versions: [
    {
      id: "7",
      isPublished: true,
      expected: new Map([["pets", { repeated: new Map([["pet", pet]]), unanswered }]]),
    },
  ],
};

function outcomeOf(text: string): unknown {
  try {
    return readApplicationRecord(text, program);
  } catch (error) {
    return error instanceof Error ? error.message : error;
  }
}

/** The blank at the end is nothing that a plain record has, and changes nothing else. */
const exactly = (text: string) => outcomeOf(`${text} `);

const word = fc.oneof(
  fc.constantFrom(
    "a",
    "text",
    "question_type",
    "application",
    "status",
    "pets",
    "entities",
    "toJSON",
  ),
  fc.constantFrom("__proto__", "constructor", "0", "1", "10", "2", "é", "😀", 'say "a"', "\\", ""),
  fc.constantFrom("STATIC", "ENUMERATOR", "TEXT", "CURRENT", "2025-11-03T10:00:00-08:00"),
  fc.string({ unit: "binary", maxLength: 5 }),
);
const scalar = fc.oneof(
  word.map((each) => JSON.stringify(each)),
  fc.constantFrom("null", "true", "1", "-0", "1.0", "1e2", "0.1", "12345678901234567890", "1E400"),
  fc.constantFrom('"\\u0061"', '"\\/"', '"\\ud800"', '"\\n"', '"STATIC"', '""', "NaN", "tru"),
);
const { value } = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    scalar,
    fc.array(tie("value"), { maxLength: 3 }).map((each) => `[${each}]`),
    fc
      .array(fc.tuple(word, tie("value")), { maxLength: 4 })
      .map((members) => `{${members.map(([name, each]) => `${JSON.stringify(name)}:${each}`)}}`),
  ),
}));
const members = Object.entries(makeRecord(1, { program_version_id: 7 })).map(
  ([name, each]) => [name, JSON.stringify(each)] as const,
);
/** A record that is right but for what is put in some places. */
const record = fc
  .array(
    fc.tuple(
      fc.oneof(fc.constantFrom("application", ...members.map(([name]) => name)), word),
      value,
      fc.constantFrom("", "", "", "", " "),
    ),
    { maxLength: 3 },
  )
  .map((more) => {
    const all = new Map<string, string>(members);
    for (const [name, each, blank] of more) all.set(name, blank + each);
    return `{${[...all].map(([name, each]) => `${JSON.stringify(name)}:${each}`)}}`;
  });

test("a record that is read the quick way is what it is when it is read exactly", () => {
  let plain = 0;
  fc.assert(
    fc.property(record, (text) => {
      if (readPlainRecord(text) !== undefined) plain += 1;
      expect(outcomeOf(text)).toEqual(exactly(text));
    }),
    { numRuns: 3000 },
  );
  expect(plain).toBeGreaterThan(300);
});

test("what the engine's reader would lose, or answers that change, are not read the quick way", () => {
  const text = JSON.stringify(makeRecord(1, { program_version_id: 7 }));
  expect(readPlainRecord(text)).toBeDefined();
  const answers = (each: string) => text.replace('"application":{}', `"application":{${each}}`);
  const entities = '"entities":[{"entity_name":"Rex"}]';
  for (const other of [
    ...['"a":1.0', '"a":1e2', '"a":9007199254740993', '"a":-0', '"a": 1', '"a":1,"a":1'],
    ...['"b":1,"0":1', '"a":"\\u0061"', '"a\\u0062":1', '"a":"\\ud800"'],
    ...['"a":{"question_type":"STATIC"}', '"a":{"question_type":"TEXT","text":""}'],
    ...[
      `"pets":{"question_type":"ENUMERATOR",${entities}}`,
      `"a":${"[".repeat(5001)}${"]".repeat(5001)}`,
    ],
  ]) {
    expect(readPlainRecord(answers(other))).toBeUndefined();
    expect(outcomeOf(answers(other))).toEqual(exactly(answers(other)));
  }
  for (const bad of [
    "",
    "null",
    "[]",
    "1",
    '"a"',
    "{",
    `${text},`,
    `${text}\n`,
    '{"application":[]}',
  ]) {
    expect(readPlainRecord(bad)).toBeUndefined();
  }
});
