/** Cells and rows of CSV (RFC 4180) that every reader splits alike, and that no spreadsheet takes for a formula. */
import { formatInstant } from "./time/instants.ts";

/**
 * What spreadsheets start a formula with (OWASP, "CSV Injection"), at the start of a cell, or where a careless reader
 * starts a new one: after a line break, and after a separator, because Excel splits at `;` in many countries, and
 * then knows no quotes within our cell. Blanks, quotes and what nobody sees do not help before it. The character comes
 * first here, and then what is behind it: the other way round, a long run of blanks takes minutes.
 */
const formulaStarts =
  /[=+\-@\t\r＝＋－＠](?<=(?:^|[\t\n\v\f\r;\|\x85\u2028\u2029])[["\p{Zs}\p{Cc}\p{Cf}]--[\t\n\v\f\r\x85]]*.)/gsv;
const plainNumber = /^[+-]?\d+(\.\d+)?$/;

/**
 * Writes a text as a cell. It is always quoted, because readers disagree about line breaks outside quotes. A `'`
 * comes before what would be a formula, except that plain numbers stay; NUL is left out.
 */
export function writeTextCell(text: string): string {
  const readable = text.replaceAll("\0", "");
  return quote(plainNumber.test(readable) ? readable : readable.replace(formulaStarts, "'$&"));
}

/** Writes JSON as a cell. What would be a formula is in one of its strings: it is escaped there, so the value stays. */
export function writeJsonCell(json: string): string {
  return quote(json.replace(formulaStarts, (start) => `\\u${start.charCodeAt(0).toString(16).padStart(4, "0")}`));
}

function quote(text: string): string {
  return `"${text.replaceAll('"', '""')}"`;
}

/** Writes a row of cells that are written already: by `writeTextCell`, as numbers, or empty. */
export function writeCsvRow(cells: readonly string[]): string {
  return `${cells.join(",")}\r\n`;
}

/** What a cell may have: a text, a number, a time, nothing, or anything else as JSON. */
type Cell = string | number | Date | null | { readonly json: unknown };

/** The columns of a table, by their names. */
export type CsvColumns<Row> = Readonly<Record<string, (row: Row) => Cell>>;

/** Writes the names of columns as a row: letters and underscores, which need no quotes. */
export function writeCsvHeader(columns: CsvColumns<never>): string {
  return writeCsvRow(Object.keys(columns));
}

/** Writes rows of a table, times as ISO date-times in the zone. */
export function writeCsvRows<Row>(rows: readonly Row[], columns: CsvColumns<Row>, zone: string): string {
  const cellsOf = Object.values(columns);
  return rows.map((row) => writeCsvRow(cellsOf.map((cellOf) => writeCell(cellOf(row), zone)))).join("");
}

function writeCell(cell: Cell, zone: string): string {
  if (cell === null) return "";
  if (typeof cell === "number") return String(cell);
  if (typeof cell === "string") return writeTextCell(cell);
  return cell instanceof Date
    ? formatInstant(cell.getTime() * 1000, zone)
    : writeJsonCell(JSON.stringify(cell.json) ?? "");
}
