/** Applications as rows of a table: the columns are known before the first row. */
import type { Database } from "../../db/client.ts";
import { writeCsvRow, writeTextCell } from "../../lib/csv.ts";
import { JsonObject, type JsonText } from "../../lib/json/object.ts";
import { parseJsonText, readJsonString, writeJsonText } from "../../lib/json/text.ts";
import type { GrantedProgram } from "../access/grants.ts";
import { loadProgramQuestions, type ProgramQuestions } from "../programs/questions/of-version.ts";
import { metadataFields } from "./stored/rendering.ts";

const metadataNames: ReadonlySet<string> = new Set(metadataFields);
const otherColumn = "other";
const typeField = "question_type";

/** The answer fields that have a column `application.<question key>.<field>`, by question key, in order. */
type AnswerColumns = ReadonlyMap<string, ReadonlySet<string>>;

/** Writes CSV (RFC 4180) for one program. */
export interface CsvWriter {
  /** The header row: names of letters, dots and underscores, which need no quotes. */
  readonly header: string;
  /** The rows of applications, given as the JSON texts that the API serves. */
  writeRows(applications: readonly string[]): string;
}

/** Makes the writer of a program. */
export async function createProgramCsvWriter(
  db: Database,
  program: GrantedProgram<"READ">,
): Promise<CsvWriter> {
  return createCsvWriter(await loadProgramQuestions(db, program.programId));
}

/** Makes a writer whose columns are the questions of every published version, in version order. */
export function createCsvWriter(questions: ProgramQuestions): CsvWriter {
  const columns = listColumns(questions);
  const names = [...columns].flatMap(([key, fields]) =>
    [...fields].map((field) => `application.${key}.${field}`),
  );
  return {
    header: writeCsvRow([...metadataFields, ...names, otherColumn]),
    writeRows: (applications) => applications.map((text) => writeRow(text, columns)).join(""),
  };
}

function listColumns(questions: ProgramQuestions): AnswerColumns {
  const columns = new Map<string, Set<string>>();
  for (const { expected } of questions.versions.filter(({ isPublished }) => isPublished)) {
    for (const [key, { unanswered }] of expected) {
      const fields = columns.get(key) ?? new Set();
      columns.set(key, fields);
      for (const field of Object.keys(JSON.parse(unanswered))) fields.add(field);
      fields.delete(typeField);
    }
  }
  return columns;
}

function writeRow(text: string, columns: AnswerColumns): string {
  const application = requireObject(parseJsonText(text));
  const answers = requireObject(application.get("application"));
  const cells = [...columns].flatMap(([key, fields]) => {
    const answer = answers.get(key);
    return [...fields].map((field) =>
      answer instanceof JsonObject ? writeCell(answer.get(field)) : "",
    );
  });
  const other = collectOther({ application, answers, columns });
  return writeCsvRow([
    ...metadataFields.map((name) => writeCell(application.get(name))),
    ...cells,
    other.names.length === 0 ? "" : writeTextCell(writeJsonText(other)),
  ]);
}

/** Everything that has no column: nothing of an application is lost in a table. */
function collectOther(input: {
  application: JsonObject;
  answers: JsonObject;
  columns: AnswerColumns;
}): JsonObject {
  const other = new JsonObject();
  for (const [name, value] of members(input.application)) {
    if (name !== "application" && !metadataNames.has(name)) other.set(name, value);
  }
  for (const [key, answer] of members(input.answers)) {
    const fields = input.columns.get(key);
    if (fields === undefined || !(answer instanceof JsonObject)) {
      other.set(key, answer);
      continue;
    }
    const rest = new JsonObject();
    for (const [field, value] of members(answer)) {
      if (field !== typeField && !fields.has(field)) rest.set(field, value);
    }
    if (rest.names.length > 0) other.set(key, rest);
  }
  return other;
}

/**
 * Null is an empty cell, a number stays as it is, a list of texts is joined, what has no plain form (entities) is
 * JSON.
 */
function writeCell(value: JsonText | undefined): string {
  if (value === undefined || value === "null") return "";
  if (typeof value === "string") {
    const text = readJsonString(value);
    return text === undefined ? value : writeTextCell(text);
  }
  const texts = Array.isArray(value) ? value.map((element) => readJsonString(element)) : undefined;
  const isList = texts?.every((text) => text !== undefined) ?? false;
  return writeTextCell(isList ? (texts ?? []).join("; ") : writeJsonText(value));
}

function members(object: JsonObject): [name: string, value: JsonText][] {
  return object.names.map((name, index) => [name, object.values[index] ?? "null"]);
}

function requireObject(value: JsonText | undefined): JsonObject {
  if (value instanceof JsonObject) return value;
  throw new Error("The application is not a JSON object.");
}
