/** Cells and rows of CSV (RFC 4180) that every reader splits alike, and that no spreadsheet takes for a formula. */

/**
 * What spreadsheets start a formula with (OWASP, "CSV Injection"), at the start of a cell or of a line
 * in it: a careless reader starts a new cell there.
 */
const formulaStarts = /(?<=^|[\r\n])(?=[=+\-@\t\r＝＋－＠])/g;
const plainNumber = /^[+-]?\d+(\.\d+)?$/;

/**
 * Writes a text as a cell. It is always quoted, because readers disagree about line breaks outside quotes. A `'`
 * comes before what would be a formula, except that plain numbers stay; NUL is left out.
 */
export function writeTextCell(text: string): string {
  const readable = text.replaceAll("\0", "");
  const harmless = plainNumber.test(readable) ? readable : readable.replace(formulaStarts, "'");
  return `"${harmless.replaceAll('"', '""')}"`;
}

/** Writes a row of cells that are written already: by `writeTextCell`, as numbers, or empty. */
export function writeCsvRow(cells: readonly string[]): string {
  return `${cells.join(",")}\r\n`;
}
