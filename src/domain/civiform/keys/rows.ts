/** Reads rows of CiviForm's `api_keys` table as PostgreSQL exports them: CSV, a JSON array or JSON lines. */
import { CsvError, parse } from "csv-parse/sync";
import { DomainError } from "../../../lib/errors.ts";
import { isMembers, type JsonMembers, tryParseJson } from "../../../lib/json/unknown.ts";

/** One row: values by the table's column names; an empty CSV field is as good as none. */
export type CiviFormKeyRow = JsonMembers;

/** What a row must have; other columns are ignored. */
const columns = [
  "name",
  "create_time",
  "created_by",
  "retired_time",
  "retired_by",
  "key_id",
  "salted_key_secret",
  "subnet",
  "expiration",
  "call_count",
  "last_call_ip_address",
  "grants",
] as const;

/** A column that is read. */
export type CiviFormKeyColumn = (typeof columns)[number];

/** Reads all rows. Throws `invalid` when the text is neither CSV nor JSON, or a column is missing. */
export function readCiviFormKeyRows(text: string): CiviFormKeyRow[] {
  const start = text.trimStart().charAt(0);
  const rows = start === "[" || start === "{" ? readJson(text) : readCsv(text);
  rows.forEach((row, index) => {
    const missing = columns.filter((column) => !Object.hasOwn(row, column));
    if (missing.length > 0) {
      throw new DomainError("invalid", `Row ${index + 1} has no ${missing.join(", ")}.`);
    }
  });
  return rows;
}

function readCsv(text: string): CiviFormKeyRow[] {
  try {
    return parse<CiviFormKeyRow>(text, { bom: true, columns: true, skip_empty_lines: true });
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw new DomainError("invalid", `The file is not CSV: ${error.message}`);
  }
}

function readJson(text: string): CiviFormKeyRow[] {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  const list = [tryParseJson(text) ?? lines.map(tryParseJson)].flat();
  if (list.every(isMembers)) return list;
  throw new DomainError("invalid", "The file is not JSON, or not a list of rows.");
}
