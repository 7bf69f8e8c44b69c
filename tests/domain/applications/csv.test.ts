import { expect, test } from "bun:test";
import { parse } from "csv-parse/sync";
import { createCsvWriter } from "../../../src/domain/applications/csv.ts";
import {
  buildQuestionTree,
  expectQuestions,
  type Question,
} from "../../../src/domain/programs/questions/tree.ts";

const question = (id: number, key: string, type: Question["type"]): Question => ({
  id,
  adminName: key,
  key,
  type,
  text: key,
  helpText: "",
  options: [],
  enumeratorId: null,
});
const version = (id: string, isPublished: boolean, questions: readonly Question[]) => ({
  id,
  isPublished,
  expected: expectQuestions(buildQuestionTree(questions)),
});
const writer = createCsvWriter({
  adminName: "p",
  versions: [
    version("1", true, [question(1, "note", "TEXT"), question(2, "amount", "CURRENCY")]),
    version("2", true, [
      question(1, "note", "NUMBER"),
      question(3, "choices", "MULTI_SELECT"),
      question(4, "people", "ENUMERATOR"),
    ]),
    version("3", false, [question(5, "draft", "TEXT")]),
  ],
});
const write = (application: string, extra = ""): Record<string, string> => {
  const text = `{"application_id":9007199254740993,"status":"a, \\"b\\"\\nc"${extra},"application":${application}}`;
  const rows: Record<string, string>[] = parse(writer.header + writer.writeRows([text]), {
    columns: true,
  });
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
    ',"total_score":7',
  );
  expect(row.other).toBe(
    '{"total_score":7,"old":{"question_type":"NEW","x":[1.50]},"note":{"score":1}}',
  );
});

for (const text of ["=1+1", "+SUM(A1)", "-2+3", "@x", "\t=1", "＝1"]) {
  test(`a cell that starts like ${JSON.stringify(text)} is no formula`, () => {
    const row = write(JSON.stringify({ note: { question_type: "TEXT", text } }));
    expect(row["application.note.text"]).toBe(`'${text}`);
  });
}

for (const text of ["-5", "+12065551234", "-0.25"]) {
  test(`the plain number ${text} stays one`, () => {
    const row = write(JSON.stringify({ note: { question_type: "TEXT", text } }));
    expect(row["application.note.text"]).toBe(text);
  });
}
