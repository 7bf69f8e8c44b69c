import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { decodeProgramExport, parseProgramExport } from "../../../src/domain/programs/civiform-export.ts";
import { DomainError } from "../../../src/lib/errors.ts";
import { makeExport, type QuestionSpec } from "../../support/imports.ts";

const fixture = (name: string) => Bun.file(join(import.meta.dir, "../../fixtures", name)).text();

test("CiviForm's own export is read", async () => {
  const text = await fixture("civiform-program-export.json");
  const exported = parseProgramExport(text);
  expect(exported).toMatchObject({
    programId: 2610,
    adminName: "utility-discount-program",
    slug: "utility-discount-program",
    name: "Utility Discount Program",
    programType: "DEFAULT",
    definition: text,
  });
  expect(exported.questions.map(({ key, type }) => [key, type])).toEqual([
    ["applicantname", "NAME"],
    ["applicantutilitynumber", "TEXT"],
    ["applicantaddress", "ADDRESS"],
    ["applicantutilityaccountexists", "SINGLE_SELECT"],
    ["applicantiswear", "SINGLE_SELECT"],
  ]);
  expect(exported.questions[4]).toEqual({
    id: 3193,
    adminName: "applicant-i-swear",
    key: "applicantiswear",
    type: "SINGLE_SELECT",
    text: "I solemnly swear that I am up to no good",
    helpText: "",
    options: [
      { adminName: "yes", text: "Yes", isOffered: true },
      { adminName: "no", text: "No", isOffered: true },
      { adminName: "not-sure", text: "Not sure", isOffered: false },
      { adminName: "maybe", text: "Maybe", isOffered: false },
    ],
    enumeratorId: null,
  });
});

test("every question type is known, in block order, repeated and static ones too", async () => {
  const { questions } = parseProgramExport(await fixture("every-question-type-export.json"));
  expect(questions.map(({ id, type, enumeratorId }) => [id, type, enumeratorId])).toEqual([
    [16, "STATIC", null],
    [1, "NAME", null],
    [2, "ADDRESS", null],
    [3, "MULTI_SELECT", null],
    [4, "CURRENCY", null],
    [5, "DATE", null],
    [6, "SINGLE_SELECT", null],
    [7, "SINGLE_SELECT", null],
    [8, "SINGLE_SELECT", null],
    [9, "EMAIL", null],
    [10, "FILE_UPLOAD", null],
    [11, "ID", null],
    [12, "MAP", null],
    [13, "NUMBER", null],
    [14, "PHONE", null],
    [15, "TEXT", null],
    [17, "ENUMERATOR", null],
    [18, "NAME", 17],
    [22, "STATIC", 17],
    [19, "ENUMERATOR", 17],
    [20, "CURRENCY", 19],
    [21, "TEXT", 19],
    [23, "TEXT", null],
    [24, "NUMBER", null],
    [25, "TEXT", null],
  ]);
});

describe("what may be missing or odd", () => {
  const read = (spoil: (document: ReturnType<typeof makeExport>) => void, questions?: QuestionSpec[]) => {
    const document = makeExport(questions ? { questions } : {});
    spoil(document);
    return parseProgramExport(JSON.stringify(document));
  };

  test("unknown members are ignored, whatever they are called", () => {
    const text = JSON.stringify(makeExport()).replace("{", '{"__proto__":{"program":1},"x":[],');
    expect(parseProgramExport(text).slug).toBe("made-up");
  });

  test("a program without questions, blocks, name or type is one", () => {
    const exported = parseProgramExport('{"program":{"id":1,"adminName":"Bare Program"}}');
    expect(exported).toMatchObject({
      ...{ slug: "bare-program", name: "Bare Program", programType: "DEFAULT", questions: [] },
    });
  });

  test("English is shown where there is some, else what there is", () => {
    const nameOf = (translations: Record<string, string>) =>
      read(({ program }) => {
        Object.assign(program, { localizedName: { translations } });
      }).name;
    expect(nameOf({ es_US: "Hola", en_GB: "Hello", en_US: "Hi" })).toBe("Hi");
    expect(nameOf({ es_US: "Hola", "en-US": "Hi" })).toBe("Hi");
    expect(nameOf({ es_US: "Hola", en_US: " " })).toBe("Hola");
    expect(nameOf({})).toBe("made-up");
  });

  test("questions that no block asks are left out, but for an enumerator of one that is asked", () => {
    const questions = [
      { name: "people", type: "enumerator" },
      { name: "unused" },
      { name: "jobs", type: "enumerator", under: "people" },
      { name: "pay", under: "jobs" },
      { name: "first" },
    ];
    const { questions: asked } = read(({ program }) => {
      program.blockDefinitions = [program.blockDefinitions[4], program.blockDefinitions[3]].flatMap(
        (block) => block ?? [],
      );
    }, questions);
    expect(asked.map(({ adminName }) => adminName)).toEqual(["first", "people", "jobs", "pay"]);
  });

  test("a question that two blocks ask is asked where it came first", () => {
    const { questions } = read(({ program }) => {
      program.blockDefinitions.push({ id: 3, name: "again", questionDefinitions: [{ id: 1 }] });
    });
    expect(questions).toHaveLength(1);
  });

  test("a byte order mark at the start is no part of the document", () => {
    const text = JSON.stringify(makeExport());
    expect(parseProgramExport(`\uFEFF${text}`).definition).toBe(text);
  });
});

describe("refused with a sentence that says why", () => {
  type Document = ReturnType<typeof makeExport>;
  const questions = [
    { name: "people", type: "enumerator" },
    { name: "pay", under: "people" },
    { name: "color", type: "multioption", options: ["red"] },
  ];
  const spoilt = (spoil: (document: Document) => unknown) => () => {
    const document = makeExport({ questions });
    spoil(document);
    return JSON.stringify(document);
  };
  const config = (document: Document, index: number) => document.questions[index]?.config ?? {};
  const block = (document: Document, index: number) => document.program.blockDefinitions[index] ?? {};
  const cases: Record<string, [() => string, string]> = {
    "no JSON": [() => '{\n "program": }', "JSON is incorrectly formatted: A value is expected (line 2, column 13)"],
    "nothing at all": [() => "", "JSON is incorrectly formatted: A value is expected at the end (line 1, column 1)"],
    "a name twice": [
      () => '{"program":{},"program":{}}',
      'JSON is incorrectly formatted: The name "program" appears twice in one object (line 1, column 15)',
    ],
    "more than 4 MiB": [
      () => JSON.stringify({ ...makeExport(), x: "é".repeat(2 * 1024 * 1024) }),
      "A program export may have 4 MiB at most.",
    ],
    "a list": [() => "[]", "The export must be an object."],
    "no program": [() => '{"questions":[]}', "The export has no program."],
    "a program that is a text": [() => '{"program":"x"}', "program must be an object."],
    "a program without an id": [
      spoilt(({ program }) => Object.assign(program, { id: undefined })),
      "program.id must be an integer.",
    ],
    "an id that is no whole number": [
      spoilt(({ program }) => Object.assign(program, { id: 1.5 })),
      "program.id must be an integer.",
    ],
    "an id of zero": [
      spoilt(({ program }) => Object.assign(program, { id: 0 })),
      "program.id must be between 1 and 4503599627370496.",
    ],
    "an id beyond what a number holds": [
      () => '{"program":{"id":9007199254740993,"adminName":"x"}}',
      "program.id must be an integer.",
    ],
    "an admin name that is no text": [
      spoilt(({ program }) => Object.assign(program, { adminName: 7 })),
      "program.adminName must be a text.",
    ],
    "an admin name that makes no slug": [
      spoilt(({ program }) => Object.assign(program, { adminName: "¡!" })),
      'The admin name "¡!" makes no slug.',
    ],
    "an admin name without end": [
      spoilt(({ program }) => Object.assign(program, { adminName: "x".repeat(501) })),
      "program.adminName may have 500 characters at most.",
    ],
    "a text that PostgreSQL cannot keep": [
      spoilt((document) => Object.assign(config(document, 0), { name: "a\0b" })),
      "questions[0].config.name has a NUL character or half of a surrogate pair.",
    ],
    "half of a surrogate pair": [
      spoilt(({ program }) => Object.assign(program, { localizedName: { translations: { en_US: "\ud800" } } })),
      "program.localizedName.translations has a NUL character or half of a surrogate pair.",
    ],
    "questions that are no list": [
      spoilt((document) => Object.assign(document, { questions: {} })),
      "questions must be a list.",
    ],
    "a question without a config": [
      spoilt((document) => Object.assign(document.questions[0] ?? {}, { config: null })),
      "questions[0].config must be an object.",
    ],
    "a question id that is a text": [
      spoilt((document) => Object.assign(config(document, 0), { id: "1" })),
      "questions[0].config.id must be an integer.",
    ],
    "an unknown question type": [
      spoilt((document) => Object.assign(document.questions[1] ?? {}, { type: "hologram" })),
      'Question "pay" has an unknown type: "hologram".',
    ],
    "a type that every object has": [
      spoilt((document) => Object.assign(document.questions[1] ?? {}, { type: "constructor" })),
      'Question "pay" has an unknown type: "constructor".',
    ],
    "an unknown option type": [
      spoilt((document) => Object.assign(document.questions[2] ?? {}, { multiOptionQuestionType: "SLIDER" })),
      'Question "color" has an unknown option type: "SLIDER".',
    ],
    "no option type": [
      spoilt((document) => Object.assign(document.questions[2] ?? {}, { multiOptionQuestionType: null })),
      'Question "color" has an unknown option type: null.',
    ],
    "options that are no list": [
      spoilt((document) => Object.assign(document.questions[2] ?? {}, { questionOptions: null })),
      "questions[2].questionOptions must be a list.",
    ],
    "an option without a name": [
      spoilt((document) => Object.assign(document.questions[2]?.questionOptions?.[0] ?? {}, { adminName: 1 })),
      "questions[2].questionOptions[0].adminName must be a text.",
    ],
    "two questions with one id": [
      spoilt((document) => Object.assign(config(document, 1), { id: 1, enumeratorId: null })),
      '"people" and "pay" both have id 1.',
    ],
    "a block that names a question that is not there": [
      spoilt((document) => Object.assign(block(document, 0), { questionDefinitions: [{ id: 99 }] })),
      "Block 1 names question 99, which is not in the export.",
    ],
    "blocks that are not a list": [
      spoilt(({ program }) => Object.assign(program, { blockDefinitions: 1 })),
      "program.blockDefinitions must be a list.",
    ],
    "an enumerator that is not there": [
      spoilt((document) => Object.assign(config(document, 1), { enumeratorId: 77 })),
      'Question "pay" names enumerator 77, which is not in the export.',
    ],
    "an enumerator that is another type of question": [
      spoilt((document) => Object.assign(config(document, 1), { enumeratorId: 3 })),
      '"pay" is repeated under "color", which is not an enumerator.',
    ],
    "a question that is its own enumerator": [
      spoilt((document) => Object.assign(config(document, 0), { enumeratorId: 1 })),
      'The enumerators of question "people" contain each other.',
    ],
    "enumerators in a circle": [
      spoilt((document) => {
        Object.assign(document.questions[1] ?? {}, { type: "enumerator" });
        Object.assign(config(document, 0), { enumeratorId: 2 });
      }),
      'The enumerators of question "people" contain each other.',
    ],
  };
  for (const [adminName, key] of [
    ["Entity Name", "entity_name"],
    ["entity metadata!", "entity_metadata"],
  ] as const) {
    cases[`the reserved key ${key}`] = [
      spoilt((document) => Object.assign(config(document, 1), { name: adminName })),
      `The question name "${adminName}" is not allowed: its key ${key} is reserved.`,
    ];
  }

  for (const [name, [text, message]] of Object.entries(cases)) {
    test(name, () => {
      try {
        parseProgramExport(text());
        throw new Error("was read");
      } catch (error) {
        expect(error).toBeInstanceOf(DomainError);
        expect(error).toMatchObject({ code: "invalid", message });
      }
    });
  }

  test("enumerators deeper than answers can be read", () => {
    const deep = Array.from({ length: 1002 }, (_, index) => ({
      ...{ name: `e${index}`, type: "enumerator" },
      ...(index === 0 ? {} : { under: `e${index - 1}` }),
    }));
    expect(() => parseProgramExport(JSON.stringify(makeExport({ questions: deep })))).toThrow(
      "Enumerators can be nested 1000 deep at most.",
    );
    const allowed = makeExport({ questions: deep.slice(0, 1001) });
    expect(parseProgramExport(JSON.stringify(allowed)).questions).toHaveLength(1001);
  });

  test("a file that is not UTF-8, or too big", () => {
    expect(() => decodeProgramExport(new Uint8Array([0x7b, 0xff, 0x7d]))).toThrow("not UTF-8");
    expect(() => decodeProgramExport(new Uint8Array(4 * 1024 * 1024 + 1))).toThrow("4 MiB at most");
    expect(decodeProgramExport(new TextEncoder().encode("é"))).toBe("é");
  });
});
