/** Cuts NDJSON: a line is a record, whatever is on it, and lines of blanks are none. */
import { type ByteSource, createPieceBuffer, isBlank, type RawRecord, withoutByteOrderMark } from "./raw.ts";

const lineFeed = 0x0a;

/** Cuts lines that end in LF or CRLF; the last one may end with the file. */
export async function* cutLines(pieces: ByteSource, bytesMax: number): AsyncGenerator<RawRecord[]> {
  const open = createPieceBuffer(bytesMax);
  let line = 0;
  let number = 0;

  function endLine(last: Uint8Array): RawRecord[] {
    line++;
    const whole = open.take(last);
    const bytes = whole && withoutByteOrderMark(whole);
    return bytes === null || !isBlank(bytes) ? [{ number: ++number, line, bytes }] : [];
  }

  for await (const piece of pieces) {
    const records: RawRecord[] = [];
    let start = 0;
    for (let end = piece.indexOf(lineFeed); end >= 0; end = piece.indexOf(lineFeed, start)) {
      records.push(...endLine(piece.subarray(start, end)));
      start = end + 1;
    }
    open.keep(piece.subarray(start));
    yield records;
  }
  yield endLine(new Uint8Array());
}
