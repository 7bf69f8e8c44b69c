/** Rows as COPY reads them: values with a tab in between, each row on a line (PostgreSQL, "COPY", "Text Format"). */
import { type ByteWriter, utf8 } from "../lib/json/byte-writer.ts";

/** A value as PostgreSQL reads it from text. */
export type CopyValue = string | number | null;

/** PostgreSQL quotes so many bytes of a line that it refuses, in its answer and in its log. */
const quotedBytes = 100;

/** A number for the start of a row: after it nothing of the row is quoted. Blanks before a number mean nothing. */
export function writeUnquotedLead(number: number): string {
  return String(number).padStart(quotedBytes);
}

const tab = 0x09;
const lineFeed = 0x0a;
const nothing = utf8("\\N");
/** What has another way of being written, and which. The backslash comes first: the others bring some. */
const escapes = [
  ["\\", "\\\\"],
  ["\t", "\\t"],
  ["\n", "\\n"],
  ["\r", "\\r"],
] as const;

/** Writes one row. */
export function writeCopyRow(out: ByteWriter, values: readonly CopyValue[]): void {
  for (let index = 0; index < values.length; index += 1) {
    if (index > 0) out.writeByte(tab);
    const value = values[index] ?? null;
    if (value === null) out.writeBytes(nothing);
    else out.writeText(typeof value === "number" ? String(value) : escapeText(value));
  }
  out.writeByte(lineFeed);
}

/** Most texts have nothing of the kind, and to search for one character is what engines do fastest. */
function escapeText(text: string): string {
  let escaped = text;
  for (const [character, writing] of escapes) {
    if (escaped.includes(character)) escaped = escaped.replaceAll(character, writing);
  }
  return escaped;
}
