/** Cuts an import file of any size into its records, without ever holding more than one of them. */
import { DomainError } from "../../errors.ts";
import { createJsonScanner, isClosing, openingBrace, openingBracket } from "../scanner.ts";
import { tryParseJson } from "../unknown.ts";
import { cutLines } from "./lines.ts";
import { cutLists, opensList } from "./list.ts";
import { type ByteSource, isOfByteOrderMark, type RawRecord } from "./raw.ts";

/** How many bytes a record may have. */
export const recordBytesMax = 16 * 1024 * 1024;

/**
 * Splits a CiviForm list answer (`{"payload":[...]}`, or several in a row), a bare array, or NDJSON;
 * which one it is shows at the start. Records are only cut out here, not checked. Throws `invalid` on
 * a malformed list, one that ends early, and records that span lines.
 */
export async function* splitRecords(source: ByteSource, bytesMax = recordBytesMax): AsyncGenerator<RawRecord[]> {
  const pieces = source[Symbol.asyncIterator]();
  try {
    const { start, isList } = await readStart(pieces, bytesMax);
    yield* (isList ? cutLists : cutLines)(putTogether(start, pieces), bytesMax);
  } finally {
    // Whoever gives the pieces learns that nobody wants the rest.
    await pieces.return?.();
  }
}

/** Reads until it shows what the file is: lists, or lines. */
async function readStart(
  pieces: AsyncIterator<Uint8Array>,
  bytesMax: number,
): Promise<{ start: Uint8Array; isList: boolean }> {
  let start: Uint8Array = new Uint8Array();
  let lookAgainAt = 0;
  for (let part = await pieces.next(); !part.done; part = await pieces.next()) {
    start = Buffer.concat([start, part.value]);
    // Only at twice the length: a long first record, in small pieces, is not looked at for ever.
    if (start.length < lookAgainAt) continue;
    lookAgainAt = start.length * 2;
    const format = findFormat(start);
    if (format !== undefined || start.length > bytesMax) return { start, isList: format === "list" };
  }
  return { start, isList: findFormat(start) === "list" };
}

async function* putTogether(start: Uint8Array, pieces: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield start;
  for (let part = await pieces.next(); !part.done; part = await pieces.next()) yield part.value;
}

/**
 * A list starts with `[`, or is an object with a list called `payload`; everything else is lines. An object that
 * breaks off is a line: the first of them may be a bad one.
 * Throws `invalid` when the first record is whole, but spans several lines.
 */
function findFormat(bytes: Uint8Array): "lines" | "list" | undefined {
  const from = bytes.findIndex((byte) => byte > 0x20 && !isOfByteOrderMark(byte));
  if (from < 0) return undefined;
  const first = bytes[from];
  if (first !== openingBrace && first !== openingBracket) return "lines";
  const scanner = createJsonScanner();
  for (let at = scanner.next(bytes, from); at >= 0; at = scanner.next(bytes, at + 1)) {
    if (opensList(scanner, bytes[at])) return "list";
    if (scanner.depth > 1 || !isClosing(bytes[at])) continue;
    refusePrettyPrinted(bytes.subarray(from, at + 1));
    return "lines";
  }
  return undefined;
}

function refusePrettyPrinted(record: Uint8Array): void {
  if (!record.includes(0x0a) || tryParseJson(new TextDecoder().decode(record)) === undefined) return;
  throw new DomainError(
    "invalid",
    "The file is neither a list answer nor NDJSON: its first record spans several lines. Put each record on a line of its own.",
  );
}
