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
import { answerFields } from "../programs/questions/types.ts";
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
import type { RowWriter } from "./stored/served.ts";
import { createShown, removeHiddenFields, type Shown } from "./stored/shown.ts";

const idFields: ReadonlySet<string> = new Set(["applicant_id", "application_id", "program_version_id"]);
const otherColumn = "other";
const typeField = "question_type";

/** The columns of one question. */
interface QuestionColumns {
  /** Those that have a column `application.<question key>.<field>`. */
  readonly fields: readonly string[];
  /** The types that the question has had. */
  readonly types: readonly JsonValue[];
  /** What is written where there is no answer: there may be thousands of them, in every row. */
  readonly unanswered: string;
}

/** By question key, in order. */
type AnswerColumns = ReadonlyMap<string, QuestionColumns>;

/** What is shown of an application, on its way into a table. */
interface TableEntry {
  readonly facts: ApplicationFacts;
  readonly answers: JsonObject;
}

/** Writes CSV (RFC 4180) for one program. */
interface CsvTable {
  /** The header row: names of letters, dots and underscores, which need no quotes. */
  readonly header: string;
  writeRows(applications: readonly TableEntry[]): string;
}

/** Makes a table whose columns are the questions of every published version that are shown, in version order. */
export function createCsvTable(questions: ProgramQuestions, { zone, shown }: { zone: string; shown: Shown }): CsvTable {
  const columns = new Map([...listColumns(questions)].filter(([key]) => shown.hasKey(key)));
  const names = [...columns].flatMap(([key, { fields }]) => fields.map((field) => `application.${key}.${field}`));
  const metadata = metadataFields.filter(shown.hasField);
  const context = { adminName: questions.adminName, zone, metadata, shown };
  return {
    header: writeCsvRow([...metadata, ...names, otherColumn]),
    writeRows: (entries) => entries.map((entry) => writeRow(entry, columns, context)).join(""),
  };
}

/** The table of a program, filled with rows of a list. */
export async function createCsvWriter(
  db: Database,
  { program, zone }: { program: GrantedProgram<"READ">; zone: string },
): Promise<RowWriter & Pick<CsvTable, "header">> {
  const questions = await loadProgramQuestions(db, program.programId);
  const { header, writeRows } = createCsvTable(questions, { zone, shown: createShown(program.questions) });
  return {
    header,
    columns: `${factColumns}, shape_id, answers`,
    async write(db, rows, bytesMax) {
      const read = rows.map(([, ...columns]) => readFacts(columns));
      const outlineIds = new Set(read.map(([, outlineId]) => Number(outlineId)));
      const completionOf = await loadCompletions(db, { ...program, outlineIds });
      const parts: Buffer[] = [];
      let bytes = 0;
      // A row of 5,000 questions takes 20 ms or more.
      const turn = takeTurns();
      for (const [facts, outlineId, stored] of read) {
        if (bytes >= bytesMax) break;
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
  const columns = new Map<string, QuestionColumns>();
  for (const { expected } of questions.versions.filter(({ isPublished }) => isPublished)) {
    for (const [key, { type }] of expected) {
      const known = columns.get(key);
      if (known?.types.includes(type)) continue;
      const fields = [...new Set([...(known?.fields ?? []), ...Object.keys(answerFields[type])])];
      const types = [...(known?.types ?? []), type];
      columns.set(key, { fields, types, unanswered: ",".repeat(fields.length - 1) });
    }
  }
  return columns;
}

function writeRow(
  { facts, answers }: TableEntry,
  columns: AnswerColumns,
  context: HeadContext & { metadata: readonly (typeof metadataFields)[number][]; shown: Shown },
): string {
  const described = describeFacts(facts, context);
  const metadata = context.metadata.map((name) =>
    idFields.has(name) ? (described[name] ?? "") : writeCell(described[name]),
  );
  const cells: string[] = [];
  for (const [key, { fields, unanswered }] of columns) {
    const answer = memberOf(answers, key);
    cells.push(isJsonObject(answer) ? fields.map((field) => writeCell(memberOf(answer, field))).join(",") : unanswered);
  }
  const unknown = collectUnknown(answers, columns);
  const extra = readExtraFields(facts);
  removeHiddenFields(extra, context.shown);
  const other = { ...extra, ...(Object.keys(unknown).length > 0 && { application: unknown }) };
  return writeCsvRow([...metadata, ...cells, Object.keys(other).length === 0 ? "" : writeJsonCell(writeJson(other))]);
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
    const rest = Object.keys(answer).filter((field) =>
      field === typeField ? !column.types.includes(answer[field] ?? null) : !column.fields.includes(field),
    );
    if (rest.length === 0) continue;
    setMember(unknown, key, Object.fromEntries(rest.map((field) => [field, answer[field] ?? null])));
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
