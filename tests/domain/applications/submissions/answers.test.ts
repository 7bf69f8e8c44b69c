import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { normaliseAnswers } from "../../../../src/domain/applications/stored/answers.ts";
import { readSubmission } from "../../../../src/domain/applications/submissions/reading.ts";
import { parseProgramExport } from "../../../../src/domain/programs/civiform-export.ts";
import { askQuestions } from "../../../../src/domain/programs/questions/asked.ts";
import { createLimitReader } from "../../../../src/domain/programs/questions/limits.ts";
import { buildQuestionTree, expectQuestions } from "../../../../src/domain/programs/questions/tree.ts";
import { DomainError } from "../../../../src/lib/errors.ts";
import { readJsonHundredths, readJsonInteger } from "../../../../src/lib/json/numbers.ts";
import { isJsonObject, parseJson, writeJson } from "../../../../src/lib/json/text.ts";
import { brokenSamples, sampleExport, validSample } from "../../../support/submission-samples.ts";

function askExport(text: string) {
  const { questions, definition } = parseProgramExport(text);
  return askQuestions(questions, createLimitReader(definition));
}

/** The program of every type of question, with these validation predicates for the question of a name. */
function ask(predicates: Record<string, object> = {}) {
  const document = JSON.parse(sampleExport);
  for (const { config } of document.questions) {
    config.validationPredicates = predicates[config.name] ?? {};
  }
  return askExport(JSON.stringify(document));
}

function readBody(sent: object, asked: ReturnType<typeof ask>) {
  const body = parseJson(JSON.stringify(sent));
  if (!isJsonObject(body)) throw new Error("no object");
  return readSubmission(body, asked);
}

function read(application: object, asked = ask()) {
  return readBody({ applicant_id: 1, language: "en", application }, asked);
}

/** What is wrong with a body, as the answer lists it. */
function listProblems(sent: object, asked: ReturnType<typeof ask>) {
  try {
    readBody(sent, asked);
    return [];
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    return error.errors;
  }
}

function problemsOf(application: object, asked = ask()): string[] {
  const problems = listProblems({ applicant_id: 1, language: "en", application }, asked);
  return problems.map(({ pointer, detail }) => `${pointer}: ${detail}`);
}

describe("generated submissions", () => {
  const asked = askExport(sampleExport);
  const runs = { seed: 20261127, numRuns: 200 };

  test("that are valid are read whole, and completed as they are served", () => {
    for (const { sent, served } of fc.sample(validSample, runs)) {
      const { applicantId, language, submitter, answers } = readBody(sent, asked);
      expect({
        applicant_id: Number(applicantId),
        language,
        submitter_type: submitter.type,
        ti_email: submitter.tiEmail,
        ti_organization: submitter.tiOrganization,
        application: JSON.parse(answers),
      }).toEqual(served as never);
    }
  });

  test("with one problem are refused with a pointer to it alone", () => {
    for (const { sent, pointer } of brokenSamples(runs)) {
      const pointers = listProblems(sent, asked).map((problem) => problem.pointer);
      expect([pointers, sent]).toEqual([[pointer], sent]);
    }
  });
});

const text = (value: string) => ({ comments: { question_type: "TEXT", text: value } });
const id = (value: string) => ({ utility_account: { question_type: "ID", id: value } });
const number = (value: number) => ({ household_size: { question_type: "NUMBER", number: value } });
const pets = (...selections: string[]) => ({ pets: { question_type: "MULTI_SELECT", selections } });
const places = (...selections: string[]) => ({
  service_places: { question_type: "MAP", selections },
});
const files = (...file_urls: string[]) => ({
  proof_of_income: { question_type: "FILE_UPLOAD", file_urls },
});
const members = (...names: string[]) => ({
  household_members: {
    question_type: "ENUMERATOR",
    entities: names.map((entity_name) => ({ entity_name })),
  },
});

describe("limits of the export", () => {
  const asked = ask({
    comments: { minLength: 3, maxLength: 5 },
    "utility account": { minLength: 4, maxLength: 4 },
    "household size": { min: -2, max: 2 },
    pets: { minChoicesRequired: 2, maxChoicesAllowed: 2 },
    "service places": { maxLocationSelections: 1 },
    "proof of income": { maxFiles: 1 },
    "household members": { minEntities: 2, maxEntities: 3 },
  });

  test.each([
    [text("abc"), text("abcde"), text("")],
    [id("1234"), id("0000"), id("")],
    [number(-2), number(2), number(0)],
    [pets("dog", "cat"), pets(), {}],
    [places("1"), places(), {}],
    [files("https://example.org/a"), files(), {}],
    [members("a", "b"), members("a", "b", "c"), members()],
  ])("take what is within them, and no answer at all", (...answers) => {
    for (const answer of answers) expect(problemsOf(answer, asked)).toEqual([]);
  });

  test.each([
    [text("ab"), "/application/comments/text: It must have 3 characters or more."],
    [text("abcdef"), "/application/comments/text: It must have 5 characters or fewer."],
    [id("123"), "/application/utility_account/id: It must have 4 characters or more."],
    [number(-3), "/application/household_size/number: It must be -2 or more."],
    [number(3), "/application/household_size/number: It must be 2 or less."],
    [pets("cat"), "/application/pets/selections: It must have 2 elements or more."],
    [pets("cat", "dog", "Parrot (any kind)"), "/application/pets/selections: It must have 2 elements or fewer."],
    [places("1", "2"), "/application/service_places/selections: It must have 1 elements or fewer."],
    [
      files("https://a.org/a", "https://a.org/b"),
      "/application/proof_of_income/file_urls: It must have 1 elements or fewer.",
    ],
    [members("a"), "/application/household_members/entities: It must have 2 elements or more."],
    [members("a", "b", "c", "d"), "/application/household_members/entities: It must have 3 elements or fewer."],
  ])("refuse what is outside: %j", (answer, problem) => {
    expect(problemsOf(answer, asked)).toEqual([problem]);
  });

  test("that nobody can read are none", () => {
    const odd = ask({
      comments: { minLength: "3", maxLength: null },
      "household size": { min: 1.5, max: {} },
      pets: { maxChoicesAllowed: 1e300 },
    });
    const answers = { ...text("a"), ...number(999), ...pets("cat", "dog") };
    expect(problemsOf(answers, odd)).toEqual([]);
  });

  test("allow a post office box, where they do not say otherwise", () => {
    const answer = { home_address: { question_type: "ADDRESS", street: "PO Box 5" } };
    expect(problemsOf(answer)).toEqual([]);
    expect(problemsOf(answer, ask({ "home address": { disallowPoBox: true } }))).toEqual([
      "/application/home_address/street: It must not be a post office box.",
    ]);
  });
});

test("what is stored is what the rules of imported applications would leave as it is", () => {
  const { answers, questionKeys } = read({ ...text(""), ...members("Bo"), ...pets("dog") });
  const stored = parseJson(answers);
  if (!isJsonObject(stored)) throw new Error("no object");
  const expected = expectQuestions(buildQuestionTree(parseProgramExport(sampleExport).questions));
  normaliseAnswers(stored, expected);
  expect(questionKeys).toEqual([...expected.keys()]);
  expect(writeJson(stored)).toBe(answers);
});

test("numbers keep their digits and their spelling", () => {
  const asked = ask();
  const body = parseJson(
    `{"applicant_id":1,"language":"en","application":{
      "monthly_income":{"question_type":"CURRENCY","currency_dollars":9007199254740993.10},
      "dupe_question_":{"question_type":"NUMBER","number":9223372036854775807}}}`,
  );
  if (!isJsonObject(body)) throw new Error("no object");
  const { answers } = readSubmission(body, asked);
  expect(answers).toContain('"currency_dollars":9007199254740993.10}');
  expect(answers).toContain('"number":9223372036854775807}');
});

test("integers are of 64 bits and written as such", () => {
  for (const good of ["0", "-1", "9223372036854775807", "-9223372036854775808"]) {
    expect(readJsonInteger(good)).toBe(BigInt(good));
  }
  for (const bad of ["9223372036854775808", "-0", "01", "1.0", "1e2", '"1"', "true", "1".repeat(99)]) {
    expect(readJsonInteger(bad)).toBeUndefined();
  }
});

test("amounts have two decimals at most, however they are written", () => {
  for (const [written, hundredths] of [
    ["0", 0n],
    ["12.3", 1230n],
    ["12.340", 1234n],
    ["1.0E7", 1_000_000_000n],
    ["1234e-2", 1234n],
    ["92233720368547758.07", 2n ** 63n - 1n],
  ] as const) {
    expect(readJsonHundredths(written)).toBe(hundredths);
  }
  for (const bad of ["-1", "0.001", "1e-3", "92233720368547758.08", "1e99", "null", '"1"']) {
    expect(readJsonHundredths(bad)).toBeUndefined();
  }
});
