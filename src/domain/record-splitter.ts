/** Cuts an import file of any size into its records, without ever holding more than one of them (spec 5). */
import { DomainError } from "./errors.ts";
import { createLineSplitter } from "./line-splitter.ts";
import { createListSplitter } from "./list-splitter.ts";

/** One record as it stands in the file. */
export interface RawRecord {
  /** From 1. */
  readonly number: number;
  /** From 1, in a file of lines; null in a list. */
  readonly line: number | null;
  /** Null when the record is too long to be kept. */
  readonly bytes: Uint8Array | null;
}

/** Takes a file in pieces. What it gives back stays valid only until the next piece. */
export interface RecordSplitter {
  push(piece: Uint8Array): RawRecord[];
  end(): RawRecord[];
}

/** A record may have this many bytes. */
export const recordBytesMax = 16 * 1024 * 1024;

/**
 * Splits a CiviForm list answer (`{"payload":[...]}`, or several of them), a bare array, or NDJSON;
 * which one it is shows at the start. Records are only cut out here, not checked. Throws `invalid` on
 * a list that is no list, or that ends early.
 */
export async function* splitRecords(
  source: AsyncIterable<Uint8Array>,
  bytesMax = recordBytesMax,
): AsyncGenerator<RawRecord[]> {
  let splitter: RecordSplitter | undefined;
  let start = new Uint8Array();
  let sniffAt = 1;
  for await (const piece of source) {
    if (splitter !== undefined) {
      yield splitter.push(piece);
      continue;
    }
    start = Buffer.concat([start, piece]);
    // Looking again only at twice the length keeps a long first record from being looked at for ever.
    if (start.length < sniffAt) continue;
    sniffAt = start.length * 2;
    const format = findFormat(start) ?? (start.length > bytesMax ? "lines" : undefined);
    if (format === undefined) continue;
    splitter = createSplitter(format, bytesMax);
    yield splitter.push(withoutByteOrderMark(start));
  }
  if (splitter === undefined) {
    splitter = createSplitter(findFormat(start) ?? "lines", bytesMax);
    yield splitter.push(withoutByteOrderMark(start));
  }
  yield splitter.end();
}

function createSplitter(format: "lines" | "list", bytesMax: number): RecordSplitter {
  return format === "lines" ? createLineSplitter(bytesMax) : createListSplitter(bytesMax);
}

function withoutByteOrderMark(bytes: Uint8Array): Uint8Array {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;
}
