import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { openProgramForReader } from "../../../src/domain/access/grants.ts";
import { isAnswered, readApplicationAnswers } from "../../../src/domain/applications/answer-reading.ts";
import { applicationListing, openApplication } from "../../../src/domain/applications/reading.ts";
import { getProgramBySlug } from "../../../src/domain/programs/find.ts";
import { importProgram } from "../../../src/domain/programs/import.ts";
import { documentAnswers } from "../../../src/domain/programs/questions/documented.ts";
import { isJsonObject, parseJson } from "../../../src/lib/json/text.ts";
import { openTestDatabase, type TestDatabase } from "../../support/database.ts";
import {
  grantOn,
  importInto,
  makeExport,
  makeRecord,
  importedAt as now,
  operator,
  publishExport,
  type QuestionSpec,
} from "../../support/imports.ts";
import { listAll } from "../../support/listing.ts";
import { walkPages } from "../../support/page-walk.ts";

const fixtures = `${import.meta.dir}/../../fixtures`;
let database: TestDatabase;

beforeAll(async () => {
  database = await openTestDatabase();
  const text = await Bun.file(`${fixtures}/every-question-type-export.json`).text();
  await importProgram(database.db, { text, publish: true, actor: operator, now });
  const records = await Bun.file(`${fixtures}/every-question-type-applications.ndjson`).text();
  await importInto(database.db, "every-question-type", records);
});
afterAll(() => database.close());

async function open(applicationId: string, slug = "every-question-type") {
  const { db } = database;
  const program = await getProgramBySlug(db, slug);
  const { details, answers, json } = await openApplication(db, {
    applicationId,
    program: openProgramForReader(operator, program),
  });
  const { versionId } = details;
  const documented = await documentAnswers(db, { programId: program.id, versionId });
  return { json, details, documented, ...readApplicationAnswers(answers, documented) };
}

type Answers = Awaited<ReturnType<typeof open>>["own"];
const find = (answers: Answers, key: string) => answers.find((answer) => answer.key === key);
const texts = (answers: Answers, key: string) =>
  find(answers, key)?.fields.map(({ name, values }) => [name, ...values.map(({ text }) => text)]);

describe("an application for people", () => {
  test("is the one that the API serves, opened with the value of a signed-in admin", async () => {
    const served = await listAll(database.db, "every-question-type");
    expect(served).toContain((await open("5001")).json);
  });

  test("keeps ids to the last digit, and shows what CiviKey does not know of the record", async () => {
    const { details } = await open("9007199254740995");
    expect(details).toMatchObject({
      ...{ applicationId: "9007199254740995", applicantId: "9007199254740993" },
      ...{ status: null, note: null, tiEmail: null, language: null },
      others: [{ name: "total_score", json: "12.50" }],
    });
    const program = await grantOn(database.db, "every-question-type");
    const all = { program, fromTime: null, toTime: null, revisionState: null };
    expect(await walkPages(applicationListing(database.db, all), 2)).toContainEqual({
      ...{ applicationId: "9007199254740995", applicantId: "9007199254740993" },
      ...{ revisionState: "CURRENT", status: null },
      submittedAt: new Date("2025-07-02T17:30:00.100Z"),
    });
  });

  test("has the questions by their text in the order of the form, without static ones", async () => {
    const { own } = await open("5001");
    expect(own.slice(0, 3).map(({ question }) => question)).toEqual([
      "What is your name?",
      "Where do you live?",
      "Which pets do you have?",
    ]);
    expect(own.map(({ type }) => type)).not.toContain("STATIC");
  });

  test("has nothing for what is null, and choices by what applicants read", async () => {
    const { own } = await open("5001");
    expect(texts(own, "applicant_name")).toEqual([
      ["first_name", "Ada"],
      ["last_name", "Example"],
    ]);
    expect(find(own, "pets")?.fields).toEqual([
      {
        name: "selections",
        values: [
          { text: "cat", label: "Cat" },
          { text: "guinea_pig", label: "Guinea pig" },
        ],
      },
    ]);
    expect(find(own, "whats_your_wish__")?.fields).toEqual([]);
  });

  test("has entities in entities, asked about by their names", async () => {
    const { own } = await open("5001");
    const [bo] = find(own, "household_members")?.entities ?? [];
    expect(bo?.name).toBe("Bo");
    expect(bo?.answers.map(({ question }) => question)).toEqual([
      "What is the name of Bo?",
      "Which jobs does Bo have?",
    ]);
    const [job] = find(bo?.answers ?? [], "jobs")?.entities ?? [];
    expect(job?.name).toBe("Baker");
    expect(texts(job?.answers ?? [], "pay")).toEqual([["currency_dollars", "1234.56"]]);
  });

  test("keeps numbers as they were written, and shows answers that no version asks", async () => {
    const { own } = await open("9007199254740995");
    expect(texts(own, "household_size")).toEqual([["number", "9007199254740993"]]);
    expect(texts(own, "monthly_income")).toEqual([["currency_dollars", "1e2"]]);
    expect(find(own, "mood")).toMatchObject({ type: "HOLOGRAM", question: null });
    expect(texts(own, "mood")).toContainEqual(["nested", '{"question_type":"TEXT","text":""}']);
  });

  test("of a version that is not known shows what was answered, and the rest apart", async () => {
    const { own, ofOtherVersions, documented } = await open("5005");
    expect(documented.isVersionKnown).toBeFalse();
    expect(own.map(({ key }) => key)).toEqual(["household_members", "old_question"]);
    expect(ofOtherVersions.map(({ key }) => key)).toContain("applicant_name");
    expect(ofOtherVersions.some(isAnswered)).toBeFalse();
  });
});

describe("an application of an older version", () => {
  const question = (name: string, text: string): QuestionSpec => ({ name, text });
  beforeAll(async () => {
    const [old, young] = [
      [question("name", "Old text?"), question("gone", "Gone?")],
      [question("new one", "New?"), question("name", "New text?")],
    ];
    await publishExport(database.db, { id: 9001, adminName: "versions", questions: old });
    await publishExport(database.db, { id: 9002, adminName: "versions", questions: young });
    const answers = { name: { question_type: "TEXT", text: "Ada" } };
    const record = (id: number, version: number) =>
      makeRecord(id, { program_version_id: version, application: answers });
    await importInto(database.db, "versions", [record(1, 9001), record(2, 9002)]);
  });

  test("is asked as its own version asked, and has the questions of others apart", async () => {
    const older = await open("1", "versions");
    expect(older.own.map((answer) => answer.question)).toEqual(["Old text?", "Gone?"]);
    expect(older.ofOtherVersions.map((answer) => answer.question)).toEqual(["New?"]);
    const newer = await open("2", "versions");
    expect(newer.own.map((answer) => answer.question)).toEqual(["New?", "New text?"]);
    expect(newer.ofOtherVersions.map((answer) => answer.question)).toEqual(["Gone?"]);
  });

  test("may be of the draft, whose questions are not shown with others", async () => {
    const draft = makeExport({
      id: 9003,
      adminName: "versions",
      questions: [question("d", "Draft?")],
    });
    const text = JSON.stringify(draft);
    await importProgram(database.db, { text, publish: false, actor: operator, now });
    await importInto(database.db, "versions", [makeRecord(3, { program_version_id: 9003 })]);
    const keysOf = async (id: string) => {
      const { own, ofOtherVersions } = await open(id, "versions");
      return [own.map(({ key }) => key), ofOtherVersions.map(({ key }) => key)];
    };
    expect(await keysOf("3")).toEqual([["d"], ["new_one", "name", "gone"]]);
    expect((await keysOf("2")).flat()).not.toContain("d");
  });
});

test("entities as deep as nobody would nest them are read as JSON, and end", async () => {
  const nest = (depth: number): unknown =>
    depth === 0 ? [] : [{ entity_name: "e", inner: { question_type: "ENUMERATOR", entities: nest(depth - 1) } }];
  const answers = parseJson(JSON.stringify({ outer: { question_type: "ENUMERATOR", entities: nest(30) } }));
  if (!isJsonObject(answers)) throw new Error("no object");
  const { own } = readApplicationAnswers(answers, { questions: [], isVersionKnown: true });
  let [answer] = own;
  let depth = 0;
  while (answer !== undefined && answer.entities.length > 0) {
    [answer] = answer.entities[0]?.answers ?? [];
    depth += 1;
  }
  expect(depth).toBe(8);
  expect(answer?.fields[0]?.name).toBe("entities");
});
