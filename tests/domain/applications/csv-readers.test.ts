/** CSV as other programs read it: nobody may find other rows, columns or values than we wrote. */

import { expect, test } from "bun:test";
import { parse } from "csv-parse/sync";
import fc from "fast-check";
import papaparse from "papaparse";
import { allQuestions } from "../../../src/domain/access/questions.ts";
import { createCsvTable } from "../../../src/domain/applications/csv.ts";
import type { ApplicationFacts } from "../../../src/domain/applications/stored/head.ts";
import { createShown } from "../../../src/domain/applications/stored/shown.ts";
import { buildQuestionTree, expectQuestions } from "../../../src/domain/programs/questions/tree.ts";
import { anyText } from "../../support/any-text.ts";
import { findPython, runPython } from "../../support/python.ts";
import { makeQuestion } from "../../support/questions.ts";

type Rows = readonly (readonly string[])[];

const questions = [
  makeQuestion("note", { type: "TEXT" }),
  makeQuestion("amount", { type: "CURRENCY" }),
  makeQuestion("choices", { type: "MULTI_SELECT" }),
  makeQuestion("people", { type: "ENUMERATOR" }),
];
const facts: ApplicationFacts = {
  ...{ application_id: "1", applicant_id: "5", program_version_id: null, create_time: "0" },
  ...{ submit_time: "0", status_last_modified_time: null, language: null, status: null },
  ...{ revision_state: "CURRENT", application_note: null, submitter_type: null },
  ...{ ti_email: null, ti_organization: null, extra_fields: null },
};
const questionsOfVersion = {
  adminName: "p",
  versions: [{ id: "1", isPublished: true, expected: expectQuestions(buildQuestionTree(questions)) }],
};
const writer = createCsvTable(questionsOfVersion, { zone: "UTC", shown: createShown(allQuestions) });

/** Everything that readers of CSV and spreadsheets treat differently from each other. */
const hostile = fc.constantFrom(
  ..."\n\r\t\v\f\0,;|\"'=+-@＝ a1.[]\\".split(""),
  ...["\r\n", "\u2028", "\u2029", "\u0085", "\uFEFF", '""', "\n=", "\r=1+1", "\n4242,17,", "; ", ';"=1+1', "; =1"],
);
const text = fc.oneof(
  fc.string({ unit: hostile, maxLength: 12 }),
  anyText(),
  fc.constantFrom("-5", "+12065551234", "-0.25", "first line\nsecond line", "hello\n=1+1"),
);
const application = fc.record({
  application_id: fc.nat(),
  status: fc.option(text),
  note: text,
  amount: fc.option(fc.integer({ min: -1_000, max: 1_000 })),
  choices: fc.array(text, { maxLength: 3 }),
  person: text,
  unknown: text,
  /** Names and a field of the record and of answers that no version defines, and which may be one and the same. */
  others: fc.dictionary(fc.oneof(text, fc.constantFrom("score", "application.score", "toString", "__proto__")), text),
});
type Application = typeof application extends fc.Arbitrary<infer T> ? T : never;
const table = fc.array(application, { maxLength: 5 });

const known = ["application", "note", "amount", "choices", "people", "unknown"];
const withoutKnown = (others: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(others).filter(([name]) => !known.includes(name)));

function write(applications: readonly Application[]): string {
  const entries = applications.map((given) => ({
    facts: {
      ...facts,
      ...{ application_id: String(given.application_id), status: given.status },
      extra_fields: JSON.stringify(withoutKnown(given.others)),
    },
    answers: {
      note: { question_type: "TEXT", text: given.note },
      amount: { question_type: "CURRENCY", currency_dollars: given.amount },
      choices: { question_type: "MULTI_SELECT", selections: given.choices },
      people: { question_type: "ENUMERATOR", entities: [{ entity_name: given.person }] },
      ...withoutKnown(given.others),
      unknown: { question_type: "NEW", value: given.unknown },
    },
  }));
  return writer.header + writer.writeRows(entries);
}

/** What starts a formula, where a spreadsheet of some country, or a careless reader, starts a cell. */
const formula = /(?:^|[\t\n\v\f\r;|\x85\u2028\u2029])[" \u00a0\u200b]*[=+\-@\t\r＝＋－＠]/;

/** Without what makes a formula harmless, wherever that may have come from. */
const undefused = (value: string) =>
  value
    .replaceAll("\0", "")
    .replace(/(?<=(?:^|[\t\n\v\f\r;|\x85\u2028\u2029])["\p{Zs}\p{Cc}\p{Cf}]*)'+(?=[=+\-@\t\r＝＋－＠])/gu, "");

/** As the documentation says. */
function readList(cell: string): string[] {
  if (cell.startsWith("[")) return JSON.parse(cell);
  return cell === "" ? [] : cell.split("; ");
}

function expectTable(rows: Rows, applications: readonly Application[]): void {
  const [header = [], ...records] = rows;
  expect(records).toHaveLength(applications.length);
  records.forEach((record, index) => {
    const given = applications[index] as Application;
    expect(record).toHaveLength(header.length);
    const cell = (name: string) => record[header.indexOf(name)] ?? "no such column";
    expect(cell("application_id")).toBe(String(given.application_id));
    expect(cell("application.amount.currency_dollars")).toBe(String(given.amount ?? ""));
    expect(undefused(cell("status"))).toBe(undefused(given.status ?? ""));
    expect(undefused(cell("application.note.text"))).toBe(undefused(given.note));
    expect(readList(cell("application.choices.selections")).map(undefused)).toEqual(given.choices.map(undefused));
    expect(JSON.parse(cell("application.people.entities"))).toEqual([{ entity_name: given.person }]);
    const others = withoutKnown(given.others);
    const unknown = { question_type: "NEW", value: given.unknown };
    expect(JSON.parse(cell("other"))).toEqual({ ...others, application: { ...others, unknown } });
    for (const value of record.filter((each) => !/^[+-]?\d+(\.\d+)?$/.test(each))) {
      expect(value).not.toMatch(formula);
    }
  });
}

const readers: Readonly<Record<string, (csv: string) => Rows>> = {
  "csv-parse": (csv) => parse(csv),
  "Papa Parse": (csv) => {
    const { data, errors } = papaparse.parse<string[]>(csv, { skipEmptyLines: true });
    expect(errors).toEqual([]);
    return data;
  },
};

for (const [name, read] of Object.entries(readers)) {
  test(`${name} finds every application once, in one width, with every value, and no formula`, () => {
    fc.assert(fc.property(table, (applications) => expectTable(read(write(applications)), applications)));
  });
}

test("a spreadsheet that splits at another separator, and then knows no quotes, finds no formula", () => {
  fc.assert(
    fc.property(table, (applications) => {
      expect(write(applications)).not.toMatch(formula);
    }),
  );
});

const python = findPython();
const script = `
import csv, io, json, sys
tables = json.load(sys.stdin)
json.dump([list(csv.reader(io.StringIO(text, newline=""), strict=True)) for text in tables], sys.stdout)`;

test.if(python !== undefined)(
  "Python's csv finds every application once, in one width, with every value, and no formula",
  async () => {
    const tables = fc.sample(table, 200);
    const read = (await runPython(python ?? "", script, tables.map(write))) as Rows[];
    expect(read).toHaveLength(tables.length);
    read.forEach((rows, index) => {
      expectTable(rows, tables[index] ?? []);
    });
  },
);

test("an answer cannot forge a row, whatever line breaks it has", () => {
  for (const lineBreak of ["\n", "\r", "\r\n"]) {
    const forged = ["1 Main St", "4242,17,2026-01-01T00:00:00Z", "=1+1"].join(lineBreak);
    const csv = write([
      {
        ...{ application_id: 1, status: null, note: forged, amount: null },
        ...{ choices: [], person: "", unknown: "", others: {} },
      },
    ]);
    const [header = [], ...records] = parse(csv) as string[][];
    expect(records).toHaveLength(1);
    expect(records[0]?.[header.indexOf("application.note.text")]).toBe(
      ["1 Main St", "4242,17,2026-01-01T00:00:00Z", "'=1+1"].join(lineBreak),
    );
  }
});
