/** Applications by the hundred thousand: one is imported, PostgreSQL derives the others from it. */
import { importProgram } from "../../src/domain/programs/import.ts";
import type { TestDatabase } from "../support/database.ts";
import { actor, programExport } from "../support/factories.ts";
import { importInto, makeRecord } from "../support/imports.ts";
import { benchSlug } from "./bench-keys.ts";

/** The length of one application as the API serves it; `large` ones are 1.6 to 2.5 KB, 2 KB on average. */
export type ApplicationSize = "small" | "large";

const questionCounts: Readonly<Record<ApplicationSize, number>> = { small: 2, large: 10 };
const placeholder = (index: number) => `@${index}@`;
/** The most characters a placeholder's value can have. */
const paddingLengthMax = 900;

/** The questions of a program for applications of this size. Keys have no digits, so letters tell them apart. */
function questionsFor(size: ApplicationSize): string[] {
  return Array.from({ length: questionCounts[size] }, (_, index) => `bench question ${"abcdefghij"[index]}`);
}

/** An application with a placeholder in every answer. */
export function makeTemplate(size: ApplicationSize, applicationId: number) {
  return makeRecord(applicationId, {
    application_id: applicationId,
    language: "en-US",
    program_name: benchSlug,
    program_version_id: 1,
    status: "In review",
    submitter_type: "APPLICANT",
    application: Object.fromEntries(
      questionsFor(size).map((name, index) => [
        name.replaceAll(" ", "_"),
        { question_type: "TEXT", text: `Elm Street ${placeholder(index)} Springfield` },
      ]),
    ),
  });
}

/** Publishes the applications' program. Call it before creating keys, which need an existing program. */
export async function publishBenchProgram(database: TestDatabase, size: ApplicationSize = "small"): Promise<void> {
  await importProgram(database.db, {
    text: programExport({ adminName: benchSlug, questions: questionsFor(size) }),
    publish: true,
    actor,
    now: new Date(),
  });
}

/**
 * Fills the program with applications 1 to `count`. All that the first one got from the import the
 * others share; what differs is the id, the applicant, the time of submission, and every answer.
 */
export async function fillWithApplications(
  database: TestDatabase,
  input: { size: ApplicationSize; count: number },
): Promise<void> {
  const { size, count } = input;
  const { client } = database;
  await importInto(database.db, benchSlug, [makeTemplate(size, 0)]);
  const columns = await client<{ name: string }[]>`
    select column_name as name from information_schema.columns
    where table_name = 'applications' and table_schema = current_schema and is_generated = 'NEVER'
    order by ordinal_position`;
  const names = columns.map(({ name }) => name);
  const answers = questionsFor(size).reduce(
    (text, _, index) => `replace(${text}, '${placeholder(index)}', ${valueFor(size, index)})`,
    "answers",
  );
  const changed: Readonly<Record<string, string>> = {
    application_id: "number",
    applicant_id: "1000 + number",
    submit_time: "submit_time + number * interval '1 second'",
    head: [
      ['"application_id":0,', "'\"application_id\":' || number || ','"],
      ['"applicant_id":1000,', "'\"applicant_id\":' || 1000 + number || ','"],
      [
        '"submit_time":"2025-11-03T10:30:00-08:00"',
        "'\"submit_time\":' || to_json(submit_time + number * interval '1 second')",
      ],
    ].reduce((text, [from, to]) => `replace(${text}, '${from}', ${to})`, "head"),
    answers,
  };
  const values = names.map((name) => changed[name] ?? name);
  await client.unsafe(`
    set local timezone to 'America/Los_Angeles';
    insert into applications (${names}) select ${values}
    from applications, generate_series(1, ${count}) number where application_id = 0`);
  // It was never a person's: it leaves no trace of an erasure.
  await client.unsafe(`
    alter table applications disable trigger applications_leave_erased;
    delete from applications where application_id = 0;
    alter table applications enable trigger applications_leave_erased`);
  await client.unsafe("vacuum analyze applications");
}

/** SQL for what stands in place of a placeholder; the first answers of large ones vary in length. */
function valueFor(size: ApplicationSize, index: number): string {
  const word = `md5(number || '-${index}')`;
  if (size === "small" || index > 0) return word;
  return `left(repeat(${word}, ${Math.ceil(paddingLengthMax / 32)}), (number * 37 % ${paddingLengthMax})::int)`;
}
