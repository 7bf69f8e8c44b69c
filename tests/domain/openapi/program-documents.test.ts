import { describe, expect, test } from "bun:test";
import { allQuestions } from "../../../src/domain/access/questions.ts";
import { createShown } from "../../../src/domain/applications/stored/shown.ts";
import { programDocuments } from "../../../src/domain/openapi/program-document.ts";
import { programSchemas } from "../../../src/domain/openapi/program-schemas.ts";
import { sampleResponse } from "../../../src/domain/openapi/sample-response.ts";
import { zone } from "../../support/app.ts";
import { documentExports, readFixture, sampleOperations } from "../../support/docs-samples.ts";
import { programExport } from "../../support/factories.ts";
import { createSchemaJudge, findDocumentProblems } from "../../support/openapi.ts";

const everyType = readFixture("every-question-type-export.json");
const real = readFixture("civiform-program-export.json");
const baseUrl = "https://keys.example.org";

const hostileNames = [
  "  proto  ",
  "constructor",
  "hasOwnProperty",
  "123",
  "*/ process.exit() /*",
  "</script><img src=x onerror=alert(1)>",
  "\u2028\u0085 - no: yes #",
  "result",
  "entity name x",
];

/** Programs that are hard on whoever writes their documents. */
const programs: Readonly<Record<string, string[]>> = {
  "every type of question": [everyType],
  "a real export": [real],
  "versions that share nothing": [real, everyType, real],
  "no question": [programExport({ questions: [] })],
  "hostile names": [programExport({ name: hostileNames[5] ?? "", questions: hostileNames })],
  "enumerators nested thirty times": [nestedExport(30)],
};

/** Enumerators in each other, all with one key, and a text in the last. */
function nestedExport(depth: number): string {
  const document = JSON.parse(programExport({ questions: Array(depth + 1).fill("jobs") }));
  document.questions.forEach((question: Record<string, object>, index: number) => {
    if (index < depth) Object.assign(question, { type: "enumerator" });
    if (index > 0) Object.assign(question.config ?? {}, { enumeratorId: index });
  });
  return JSON.stringify(document);
}

describe.each(Object.entries(programs))("the documents of a program with %s", (_name, exports) => {
  const program = documentExports(exports);
  const sample = sampleResponse(program, { zone });

  test.each(Object.entries(programDocuments))("are valid, and hold for its sample response: %s", async (_, write) => {
    const document = JSON.parse(JSON.stringify(write({ program, operations: sampleOperations, baseUrl })));
    expect(await findDocumentProblems(document)).toBeUndefined();
    expect(createSchemaJudge(document)("result", JSON.parse(sample))).toEqual([]);
  });
});

test("a sample has a value for every question that is asked, in the entities too", () => {
  const { payload } = JSON.parse(sampleResponse(documentExports([everyType]), { zone }));
  const { application, ...record } = payload[0];
  expect(record).toMatchObject({
    applicant_id: 123,
    application_id: 456,
    create_time: "2023-05-25T13:46:15-07:00",
    submit_time: "2023-05-26T13:46:15-07:00",
    revision_state: "CURRENT",
    submitter_type: "APPLICANT",
  });
  expect(application.home_address).toMatchObject({ street: "742 Evergreen Terrace", zip: "97403" });
  expect(application.pets.selections).toEqual(["cat", "dog"]);
  expect(application.household_members.entities).toEqual([
    {
      entity_name: "Lisa",
      member_name: expect.objectContaining({ first_name: "Homer" }),
      jobs: {
        question_type: "ENUMERATOR",
        entities: [
          {
            entity_name: "Lisa",
            pay: { question_type: "CURRENCY", currency_dollars: 123.45 },
            employer: { question_type: "TEXT", text: "A sentence or two." },
          },
        ],
      },
    },
  ]);
});

test("a sample has the questions of earlier versions unanswered", () => {
  const program = documentExports([real, everyType]);
  const { payload } = JSON.parse(sampleResponse(program, { zone }));
  expect(payload[0].application.applicantutilitynumber).toEqual({
    question_type: "TEXT",
    text: null,
  });
});

test("the sizes of document and sample grow with the questions, and not with their nesting", () => {
  const size = (depth: number) => {
    const program = documentExports([nestedExport(depth)]);
    const schemas = JSON.stringify(programSchemas(program)).length;
    return schemas + sampleResponse(program, { zone }).length;
  };
  expect(size(200)).toBeLessThan(2.2 * size(100));
});

test("enumerators with one key at several depths have schemas of their own", () => {
  const { questions } = documentExports([nestedExport(2)]);
  const schemas = programSchemas({ questions, shown: createShown(allQuestions) });
  expect(Object.keys(schemas).filter((name) => name.startsWith("jobs"))).toEqual(["jobs_entity", "jobs_entity_2"]);
});

test("options are told in words and close nothing: answers may have older ones", () => {
  const { answers } = programSchemas(documentExports([everyType]));
  const { selections } = answers?.properties?.pets?.properties ?? {};
  expect(selections?.items).toEqual({ type: "string" });
  expect(selections?.description).toBe("Options: `cat`, `dog`, `Parrot (any kind)`. No longer offered: `guinea_pig`.");
});

test("the document of a draft says that it is one", () => {
  const program = {
    ...documentExports([programExport({})]),
    stage: "draft" as const,
    description: "For snow.",
  };
  for (const write of Object.values(programDocuments)) {
    const { info } = write({ program, operations: sampleOperations, baseUrl });
    expect(info).toMatchObject({
      description: "For snow.\n\nThis is a draft. The API serves it once it's published.",
    });
  }
});
