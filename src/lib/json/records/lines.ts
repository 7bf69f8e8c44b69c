/** Cuts NDJSON: a line is a record, whatever is on it, and lines of blanks are none. */
import { createPieceBuffer } from "./pieces.ts";
import { isBlank, type RawRecord, type RecordSplitter, withoutByteOrderMark } from "./raw.ts";

const lineFeed = 0x0a;

/** Makes a splitter for lines that end in LF or CRLF; the last one may end with the file. */
export function createLineSplitter(bytesMax: number): RecordSplitter {
  const open = createPieceBuffer(bytesMax);
  let line = 0;
  let number = 0;

  function endLine(last: Uint8Array, records: RawRecord[]): void {
    line++;
    const whole = open.take(last);
    const bytes = whole && withoutByteOrderMark(whole);
    if (bytes === null || !isBlank(bytes)) records.push({ number: ++number, line, bytes });
  }

  return {
    push(piece) {
      const records: RawRecord[] = [];
      let start = 0;
      for (let end = piece.indexOf(lineFeed); end >= 0; end = piece.indexOf(lineFeed, start)) {
        endLine(piece.subarray(start, end), records);
        start = end + 1;
      }
      open.keep(piece.subarray(start));
      return records;
    },
    end() {
      const records: RawRecord[] = [];
      endLine(new Uint8Array(), records);
      return records;
    },
  };
}
