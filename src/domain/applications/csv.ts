/** Applications as rows of a table: the columns are known before the first row. */
import type { Database } from "../../db/client.ts";
import { writeCsvRow, writeJsonCell, writeTextCell } from "../../lib/csv.ts";
import {
  isJsonObject,
  type JsonObject,
  type JsonValue,
  memberOf,
  numberText,
  setMember,
  writeJson,
} from "../../lib/json/text.ts";
import { takeTurns } from "../../lib/limits/turns.ts";
import type { GrantedProgram } from "../access/grants.ts";
import { loadProgramQuestions, type ProgramQuestions } from "../programs/questions/of-version.ts";
import { loadCompletions, readGivenAnswers } from "./stored/completion.ts";
import {
  type ApplicationFacts,
  describeFacts,
  factColumns,
  type HeadContext,
  metadataFields,
  readExtraFields,
  readFacts,
} from "./stored/head.ts";
import { pageBytesMax, type RowWriter } from "./stored/served.ts";

const idFields: ReadonlySet<string> = new Set(["applicant_id", "application_id", "program_version_id"]);
const otherColumn = "other";
const typeField = "question_type";

/** By question key, in order: the fields that have a column `application.<question key>.<field>`, and the question's types. */
type AnswerColumns = ReadonlyMap<string, Readonly<{ fields: ReadonlySet<string>; types: ReadonlySet<JsonValue> }>>;

/** What the rows of a table have in common. */
interface CsvLayout {
  readonly columns: AnswerColumns;
  /** What is written for a question without an answer: there may be thousands of them, in every row. */
  readonly unansweredCells: ReadonlyMap<string, string>;
  readonly context: HeadContext;
}

/** An application on its way into a table. */
export interface TableEntry {
  readonly facts: ApplicationFacts;
  readonly answers: JsonObject;
}

/** Writes CSV (RFC 4180) for one program. */
export interface CsvTable {
  /** The header row: names of letters, dots and underscores, which need no quotes. */
  readonly header: string;
  writeRows(applications: readonly TableEntry[]): string;
}

/** Makes a table whose columns are the questions of every published version, in version order. */
export function createCsvTable(questions: ProgramQuestions, zone: string): CsvTable {
  const columns = listColumns(questions);
  const names = [...columns].flatMap(([key, { fields }]) => [...fields].map((field) => `application.${key}.${field}`));
  const unanswered = [...columns].map(([key, { fields }]) => [key, ",".repeat(fields.size - 1)] as const);
  const context = { adminName: questions.adminName, zone };
  const layout = { columns, unansweredCells: new Map(unanswered), context };
  return {
    header: writeCsvRow([...metadataFields, ...names, otherColumn]),
    writeRows: (entries) => entries.map((entry) => writeRow(entry, layout)).join(""),
  };
}

/** The table of a program, filled with rows of a list. */
export async function createCsvWriter(
  db: Database,
  { program, zone }: { program: GrantedProgram<"READ">; zone: string },
): Promise<RowWriter & Pick<CsvTable, "header">> {
  const questions = await loadProgramQuestions(db, program.programId);
  const { header, writeRows } = createCsvTable(questions, zone);
  return {
    header,
    columns: `${factColumns}, shape_id, answers`,
    async write(db, rows) {
      const read = rows.map(([, ...columns]) => readFacts(columns));
      const outlineIds = new Set(read.map(([, outlineId]) => Number(outlineId)));
      const completionOf = await loadCompletions(db, { ...program, outlineIds });
      const parts: Buffer[] = [];
      let bytes = 0;
      // A row of 5,000 questions takes 20 ms or more.
      const turn = takeTurns();
      for (const [facts, outlineId, stored] of read) {
        if (bytes >= pageBytesMax) break;
        const answers = readGivenAnswers(Buffer.from(stored ?? "{}"), completionOf(Number(outlineId)));
        const part = Buffer.from(writeRows([{ facts, answers }]));
        parts.push(part);
        bytes += part.length;
        await turn();
      }
      return { parts, count: parts.length };
    },
  };
}

function listColumns(questions: ProgramQuestions): AnswerColumns {
  const columns = new Map<string, { fields: Set<string>; types: Set<JsonValue> }>();
  for (const { expected } of questions.versions.filter(({ isPublished }) => isPublished)) {
    for (const [key, { unanswered }] of expected) {
      const { fields, types } = columns.get(key) ?? { fields: new Set(), types: new Set() };
      columns.set(key, { fields, types });
      const { [typeField]: type, ...answer } = JSON.parse(unanswered);
      types.add(type);
      for (const field of Object.keys(answer)) fields.add(field);
    }
  }
  return columns;
}

function writeRow({ facts, answers }: TableEntry, { columns, unansweredCells, context }: CsvLayout): string {
  const described = describeFacts(facts, context);
  const cells = new Map(unansweredCells);
  for (const [key, answer] of Object.entries(answers)) {
    const column = columns.get(key);
    if (column === undefined || !isJsonObject(answer)) continue;
    cells.set(key, [...column.fields].map((field) => writeCell(memberOf(answer, field))).join(","));
  }
  const unknown = collectUnknown(answers, columns);
  const other = { ...readExtraFields(facts), ...(Object.keys(unknown).length > 0 && { application: unknown }) };
  return writeCsvRow([
    ...metadataFields.map((name) => (idFields.has(name) ? (described[name] ?? "") : writeCell(described[name]))),
    ...cells.values(),
    Object.keys(other).length === 0 ? "" : writeJsonCell(writeJson(other)),
  ]);
}

/** The answers, and fields of answers, that no column shows: nothing of an application is lost in a table. */
function collectUnknown(answers: JsonObject, columns: AnswerColumns): JsonObject {
  const unknown: JsonObject = {};
  for (const [key, answer] of Object.entries(answers)) {
    const column = columns.get(key);
    if (column === undefined || !isJsonObject(answer)) {
      setMember(unknown, key, answer);
      continue;
    }
    const isShown = (field: string, value: JsonValue) =>
      field === typeField ? column.types.has(value) : column.fields.has(field);
    const rest = Object.entries(answer).filter(([field, value]) => !isShown(field, value));
    if (rest.length > 0) setMember(unknown, key, Object.fromEntries(rest));
  }
  return unknown;
}

/** Elements that would not come back from a joined list. */
const ambiguous = /^$|^\[|[;\0]/;

/**
 * Null is an empty cell, a number stays as it is, a list of texts is joined; what has no plain form (entities, a list
 * with a `;` in it) is JSON.
 */
function writeCell(value: JsonValue | undefined): string {
  if (value === undefined || value === null) return "";
  if (typeof value === "string") return writeTextCell(value);
  if (typeof value !== "object" || numberText(value) !== undefined) return writeJson(value);
  const isPlainList = Array.isArray(value) && value.every((each) => typeof each === "string" && !ambiguous.test(each));
  return isPlainList ? writeTextCell(value.join("; ")) : writeJsonCell(writeJson(value));
}
