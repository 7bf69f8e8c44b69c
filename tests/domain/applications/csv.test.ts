import { expect, test } from "bun:test";
import { parse } from "csv-parse/sync";
import { allQuestions } from "../../../src/domain/access/questions.ts";
import { createCsvTable } from "../../../src/domain/applications/csv.ts";
import type { ApplicationFacts } from "../../../src/domain/applications/stored/head.ts";
import { createShown } from "../../../src/domain/applications/stored/shown.ts";
import { buildQuestionTree, expectQuestions, type Question } from "../../../src/domain/programs/questions/tree.ts";
import { isJsonObject, parseJson } from "../../../src/lib/json/text.ts";
import { makeQuestion } from "../../support/questions.ts";

const version = (id: string, isPublished: boolean, questions: readonly Question[]) => ({
  id,
  isPublished,
  expected: expectQuestions(buildQuestionTree(questions)),
});
const writer = createCsvTable(
  {
    adminName: "p",
    versions: [
      version("1", true, [makeQuestion("note", { type: "TEXT" }), makeQuestion("amount", { type: "CURRENCY" })]),
      version("2", true, [
        makeQuestion("note", { type: "NUMBER" }),
        makeQuestion("choices", { type: "MULTI_SELECT" }),
        makeQuestion("people", { type: "ENUMERATOR" }),
      ]),
      version("3", false, [makeQuestion("draft", { type: "TEXT" })]),
    ],
  },
  { zone: "UTC", shown: createShown(allQuestions) },
);
const facts: ApplicationFacts = {
  ...{ application_id: "9007199254740993", applicant_id: "5", program_version_id: null },
  ...{ create_time: "0", submit_time: "500000", status_last_modified_time: null },
  ...{ language: null, revision_state: "CURRENT", status: 'a, "b"\nc', application_note: null },
  ...{ submitter_type: null, ti_email: null, ti_organization: null, extra_fields: null },
};
const write = (application: string, extra_fields: string | null = null): Record<string, string> => {
  const answers = parseJson(application);
  if (!isJsonObject(answers)) throw new Error("no object");
  const text = writer.header + writer.writeRows([{ facts: { ...facts, extra_fields }, answers }]);
  const rows: Record<string, string>[] = parse(text, { columns: true });
  return rows[0] ?? {};
};

test("the columns are the fields of every published version, and a last one for the rest", () => {
  expect(writer.header).toEndWith(
    ",application.note.text,application.note.number,application.amount.currency_dollars," +
      "application.choices.selections,application.people.entities,other\r\n",
  );
});

test("numbers keep every digit, lists are joined, entities are JSON, null is empty", () => {
  expect(
    write(
      '{"note":{"question_type":"NUMBER","number":12345678901234567890},"amount":{"question_type":"CURRENCY","currency_dollars":100.0},' +
        '"choices":{"question_type":"MULTI_SELECT","selections":["a","b"]},"people":{"question_type":"ENUMERATOR","entities":[{"entity_name":"T"}]}}',
    ),
  ).toMatchObject({
    application_id: "9007199254740993",
    ...{ program_name: "p", create_time: "1970-01-01T00:00:00Z" },
    submit_time: "1970-01-01T00:00:00.5Z",
    status: 'a, "b"\nc',
    "application.note.number": "12345678901234567890",
    "application.note.text": "",
    "application.amount.currency_dollars": "100.0",
    "application.choices.selections": "a; b",
    "application.people.entities": '[{"entity_name":"T"}]',
    other: "",
  });
});

test("what no version defines comes last, as JSON, unknown fields of known answers too", () => {
  const row = write(
    '{"old":{"question_type":"NEW","x":[1.50]},"note":{"question_type":"TEXT","text":"t","score":1}}',
    '{"total_score":7}',
  );
  expect(row.other).toBe(
    '{"total_score":7,"application":{"old":{"question_type":"NEW","x":[1.50]},"note":{"score":1}}}',
  );
});

test("a type that the question never had is kept beside the other unknowns", () => {
  const row = write('{"note":{"question_type":"MEMO","text":"t"},"amount":{"question_type":"CURRENCY"}}');
  expect([row["application.note.text"], row.other]).toEqual(["t", '{"application":{"note":{"question_type":"MEMO"}}}']);
});

test("a field of the record and an answer of the same name are both kept", () => {
  expect(write('{"score":{"question_type":"NEW"}}', '{"score":7}').other).toBe(
    '{"score":7,"application":{"score":{"question_type":"NEW"}}}',
  );
});

for (const selections of [["a;b", "c"], ["a; b"], [""], ["", ""], ['["a"]']]) {
  test(`the list ${JSON.stringify(selections)}, which would not come back from a joined one, is JSON`, () => {
    const row = write(JSON.stringify({ choices: { question_type: "MULTI_SELECT", selections } }));
    expect(row["application.choices.selections"]).toBe(JSON.stringify(selections));
  });
}

for (const text of ["=1+1", "+SUM(A1)", "-2+3", "@x", "＝1"]) {
  test(`a cell that starts like ${JSON.stringify(text)} is no formula`, () => {
    const row = write(JSON.stringify({ note: { question_type: "TEXT", text } }));
    expect(row["application.note.text"]).toBe(`'${text}`);
  });
}

for (const before of [
  "a;",
  "a; ",
  'a;"',
  "a\t",
  "a|",
  "a\v",
  "a\f",
  "a\u0085",
  "a\u2028",
  "a\u2029",
  "a\n",
  " ",
  '"',
  "\u00a0",
  "\u3000 ",
  "\u200b",
  "\ufeff",
  "a;\u202e",
  "\u001f",
]) {
  test(`a formula after ${JSON.stringify(before)} is none, and JSON keeps its value`, () => {
    const text = `${before}=1+1`;
    const row = write(
      JSON.stringify({
        note: { question_type: "TEXT", text },
        people: { question_type: "ENUMERATOR", entities: [{ entity_name: text }] },
      }),
    );
    expect(row["application.note.text"]).toBe(`${before}'=1+1`);
    expect(JSON.parse(row["application.people.entities"] ?? "")).toEqual([{ entity_name: text }]);
  });
}

test("a cell of a million characters that nobody sees takes no time", () => {
  const text = `${" \u200b".repeat(500_000)}=1`;
  const row = write(JSON.stringify({ note: { question_type: "TEXT", text } }));
  expect(row["application.note.text"]).toBe(text.replace("=", "'="));
});

for (const text of ["-5", "+12065551234", "-0.25"]) {
  test(`the plain number ${text} stays one`, () => {
    const row = write(JSON.stringify({ note: { question_type: "TEXT", text } }));
    expect(row["application.note.text"]).toBe(text);
  });
}
