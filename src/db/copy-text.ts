/** Rows as COPY reads them: values with a tab in between, each row on a line (PostgreSQL, "COPY", "Text Format"). */

/** PostgreSQL quotes so many bytes of a line that it refuses, in its answer and in its log. */
const quotedBytes = 100;

/** A number for the start of a row: after it nothing of the row is quoted. Blanks before a number mean nothing. */
export function writeUnquotedLead(number: number): string {
  return String(number).padStart(quotedBytes);
}

/** What has another way of being written, and which. The backslash comes first: the others bring some. */
const escapes = [
  ["\\", "\\\\"],
  ["\t", "\\t"],
  ["\n", "\\n"],
  ["\r", "\\r"],
] as const;

/** Writes one row, with its end. */
export function writeCopyRow(values: readonly (string | number | null)[]): string {
  return `${values.map((value) => (value === null ? "\\N" : escapeText(String(value)))).join("\t")}\n`;
}

/** Most texts have nothing of the kind, and to search for one character is what engines do fastest. */
function escapeText(text: string): string {
  let escaped = text;
  for (const [character, writing] of escapes) {
    if (escaped.includes(character)) escaped = escaped.replaceAll(character, writing);
  }
  return escaped;
}
