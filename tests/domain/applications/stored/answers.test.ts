import { describe, expect, test } from "bun:test";
import { allQuestions } from "../../../../src/domain/access/questions.ts";
import { normaliseAnswers } from "../../../../src/domain/applications/stored/answers.ts";
import { completeApplication } from "../../../../src/domain/applications/stored/completion.ts";
import { createShown } from "../../../../src/domain/applications/stored/shown.ts";
import { missingAnswers, uniteQuestions } from "../../../../src/domain/applications/stored/union.ts";
import { buildQuestionTree, expectQuestions, questionKey } from "../../../../src/domain/programs/questions/tree.ts";
import type { QuestionType } from "../../../../src/domain/programs/questions/types.ts";
import { answerFields } from "../../../../src/domain/programs/questions/types.ts";
import { isJsonObject, parseJson, writeJson } from "../../../../src/lib/json/text.ts";

function normalise(text: string, expected?: Parameters<typeof normaliseAnswers>[1]) {
  const answers = parseJson(text);
  if (!isJsonObject(answers)) throw new Error("no object");
  normaliseAnswers(answers, expected);
  return writeJson(answers);
}

/** Questions by name and type; one in a list is repeated under the enumerator before the list. */
type Outline = readonly (readonly [name: string, type: QuestionType, repeated?: Outline])[];
function expectOutline(outline: Outline) {
  let id = 0;
  const flatten = (level: Outline, enumeratorId: number | null): ReturnType<typeof make>[] =>
    level.flatMap(([name, type, repeated = []]) => {
      id += 1;
      const own = id;
      return [make(own, name, type, enumeratorId), ...flatten(repeated, own)];
    });
  const make = (own: number, name: string, type: QuestionType, enumeratorId: number | null) => ({
    ...{ id: own, adminName: name, key: questionKey(name), type, enumeratorId },
    ...{ text: "", helpText: "", options: null },
  });
  return expectQuestions(buildQuestionTree(flatten(outline, null)));
}

describe("empty strings", () => {
  for (const [type, fields] of Object.entries(answerFields)) {
    test(`in every field of ${type} become null, and in no other field`, () => {
      const members = (value: string) =>
        Object.keys(fields)
          .map((field) => `"${field}":${value}`)
          .join();
      const object = (value: string) => `{"q":{"question_type":"${type}",${members(value)},"note":""}}`;
      expect(normalise(object('""'))).toBe(object("null"));
    });
  }

  test("inside entities become null at any depth, but not an entity's name", () => {
    const entities = (value: string) =>
      `{"members":{"question_type":"ENUMERATOR","entities":[{"entity_name":"",` +
      `"name":{"question_type":"NAME","first_name":${value}},` +
      `"jobs":{"question_type":"ENUMERATOR","entities":[{"entity_name":"",` +
      `"employer":{"question_type":"TEXT","text":${value}}}]}}]}}`;
    expect(normalise(entities('""'))).toBe(entities("null"));
  });

  test("of unknown types, in lists and outside of question objects stay", () => {
    const text =
      '{"a":"","b":{"question_type":"HOLOGRAM","text":"","selections":[""]},"c":{"text":""},' +
      '"d":{"question_type":"MULTI_SELECT","selections":[""]},"e":{"question_type":7,"text":""},' +
      '"f":{"question_type":"ENUMERATOR","entities":["",{"entity_name":"","x":""}]},' +
      '"g":{"question_type":"HOLOGRAM","entities":[{"h":{"question_type":"TEXT","text":""}}]}}';
    expect(normalise(text)).toBe(text);
  });
});

test("numbers, unknown types and unknown fields are what they were, to the last digit", () => {
  const text =
    '{"n":{"question_type":"NUMBER","number":9007199254740993,"extra":1.10},' +
    '"c":{"question_type":"CURRENCY","currency_dollars":100.0},' +
    '"h":{"question_type":"HOLOGRAM","n10":-0,"n9":1E+2,"__proto__":{"x":[0.1]}}}';
  expect(normalise(text)).toBe(text);
});

test("static questions are left out, in entities too", () => {
  const text = (hint: string) =>
    `{"a":{"question_type":"TEXT","text":"x"}${hint},"m":{"question_type":"ENUMERATOR",` +
    `"entities":[{"entity_name":"e"${hint}}]}}`;
  const hint = ',"hint":{"question_type":"STATIC"},"hint_two":{"question_type":"STATIC"}';
  expect(normalise(text(hint))).toBe(text(""));
});

describe("entities of a known version", () => {
  const expected = expectOutline([
    [
      "members",
      "ENUMERATOR",
      [
        ["name", "NAME"],
        ["hint", "STATIC"],
        [
          "jobs",
          "ENUMERATOR",
          [
            ["pay", "CURRENCY"],
            ["pay 2", "NUMBER"],
            ["pay 3", "NUMBER"],
          ],
        ],
      ],
    ],
    ["comment", "TEXT"],
  ]);
  const unansweredName =
    '"name":{"question_type":"NAME","first_name":null,"middle_name":null,"last_name":null,"suffix":null}';

  test("get every repeated question that they lack, at any depth; the answers object gets none", () => {
    const text =
      '{"members":{"question_type":"ENUMERATOR","entities":[' +
      '{"entity_name":"Bo","jobs":{"question_type":"ENUMERATOR","entities":[{"entity_name":"x"}]}},{}]}}';
    expect(normalise(text, expected)).toBe(
      '{"members":{"question_type":"ENUMERATOR","entities":[{"entity_name":"Bo",' +
        '"jobs":{"question_type":"ENUMERATOR","entities":[{"entity_name":"x",' +
        '"pay":{"question_type":"CURRENCY","currency_dollars":null},' +
        `"pay_":{"question_type":"NUMBER","number":null}}]},${unansweredName}},` +
        `{${unansweredName},"jobs":{"question_type":"ENUMERATOR","entities":[]}}]}}`,
    );
  });

  test("stay as they are when they are complete, so that doing it again changes nothing", () => {
    const text = normalise(
      '{"members":{"question_type":"ENUMERATOR","entities":[{"jobs":{"question_type":"ENUMERATOR",' +
        '"entities":[{}]}}]},"unknown":{"question_type":"ENUMERATOR","entities":[{}]}}',
      expected,
    );
    expect(normalise(text, expected)).toBe(text);
  });
});

describe("the union rule", () => {
  const first = expectOutline([
    ["color", "TEXT"],
    ["gone", "DATE"],
  ]);
  const second = expectOutline([
    ["color", "NUMBER"],
    ["added", "EMAIL"],
    ["color!", "ID"],
  ]);
  const draft = expectOutline([
    ["drafted", "PHONE"],
    ["gone", "TEXT"],
  ]);
  const shown = createShown(allQuestions);
  const keysOf = (text: string) => Object.keys(JSON.parse(`{${text}}`));

  test("adds every question of every version that the answers lack, in version order", () => {
    const text = missingAnswers({
      storedKeys: new Set(["gone"]),
      union: uniteQuestions([first, second]),
      own: undefined,
      shown,
    });
    expect(keysOf(text)).toEqual(["color", "added"]);
  });

  test("of one key the later version's question counts, and within a version the later question", () => {
    const all = { storedKeys: new Set<string>(), own: undefined, shown };
    expect(missingAnswers({ ...all, union: uniteQuestions([first, second]) })).toStartWith(
      '"color":{"question_type":"ID","id":null},',
    );
    expect(missingAnswers({ ...all, union: uniteQuestions([second, first]) })).toContain(
      '"color":{"question_type":"TEXT","text":null}',
    );
  });

  test("an application's own version counts before all others, even as a draft", () => {
    const text = missingAnswers({ storedKeys: new Set(), union: uniteQuestions([first, second]), own: draft, shown });
    expect(keysOf(text)).toEqual(["color", "gone", "added", "drafted"]);
    expect(text).toContain('"gone":{"question_type":"TEXT","text":null}');
  });

  test("puts what is missing behind what is stored, and leaves whole answers alone", () => {
    const complete = (stored: string, tail: string) => {
      const completion = { tail: Buffer.from(tail), entityQuestions: undefined, shown };
      return Buffer.concat(completeApplication(Buffer.from(stored), completion)).toString();
    };
    expect(complete("{}", ',"a":1}}')).toBe('{"a":1}}');
    expect(complete('{"b":{}}', ',"a":1}}')).toBe('{"b":{},"a":1}}');
    expect(complete('{"b":{}}', "}}")).toBe('{"b":{}}}');
    expect(complete("{}", "}}")).toBe("{}}");
  });
});
