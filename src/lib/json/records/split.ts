/** Cuts an import file of any size into its records, without ever holding more than one of them. */
import { DomainError } from "../../errors.ts";
import { createJsonScanner, isClosing, openingBrace, openingBracket } from "../scanner.ts";
import { createLineSplitter } from "./lines.ts";
import { createListSplitter, opensList } from "./list.ts";
import { isOfByteOrderMark, type RawRecord, type RecordSplitter } from "./raw.ts";

/** A file's bytes, in pieces of any size. */
export type ByteSource = AsyncIterable<Uint8Array> | ReadableStream<Uint8Array>;

/** How many bytes a record may have. */
export const recordBytesMax = 16 * 1024 * 1024;

/**
 * Splits a CiviForm list answer (`{"payload":[...]}`, or several in a row), a bare array, or NDJSON;
 * which one it is shows at the start. Records are only cut out here, not checked. Throws `invalid` on
 * a malformed list, one that ends early, and records that span lines.
 */
export async function* splitRecords(source: ByteSource, bytesMax = recordBytesMax): AsyncGenerator<RawRecord[]> {
  let splitter: RecordSplitter | undefined;
  let start: Uint8Array = new Uint8Array();
  let lookAgainAt = 0;
  for await (const piece of readPieces(source)) {
    if (splitter !== undefined) {
      yield splitter.push(piece);
      continue;
    }
    start = Buffer.concat([start, piece]);
    // Only at twice the length: a long first record, in small pieces, is not looked at for ever.
    if (start.length < lookAgainAt) continue;
    lookAgainAt = start.length * 2;
    splitter = findSplitter(start, bytesMax);
    if (splitter !== undefined) yield splitter.push(start);
  }
  if (splitter === undefined) {
    splitter = findSplitter(start, bytesMax) ?? createLineSplitter(bytesMax);
    yield splitter.push(start);
  }
  yield splitter.end();
}

/** The pieces of a stream; it is told when nobody wants the rest. */
async function* readPieces(source: ByteSource): AsyncGenerator<Uint8Array> {
  if (!("getReader" in source)) return yield* source;
  const reader = source.getReader();
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) yield part.value;
  } finally {
    await reader.cancel();
  }
}

/** The splitter for a file that starts like this, or undefined while that does not show yet. */
function findSplitter(start: Uint8Array, bytesMax: number): RecordSplitter | undefined {
  const format = findFormat(start);
  if (format === "list") return createListSplitter(bytesMax);
  return format === "lines" || start.length > bytesMax ? createLineSplitter(bytesMax) : undefined;
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
  if (!record.includes(0x0a) || !isJson(record)) return;
  throw new DomainError(
    "invalid",
    "The file is neither a list answer nor NDJSON: its first record spans several lines. Put each record on a line of its own.",
  );
}

function isJson(bytes: Uint8Array): boolean {
  try {
    JSON.parse(new TextDecoder().decode(bytes));
    return true;
  } catch {
    // Not a whole record, but a bad line.
    return false;
  }
}
