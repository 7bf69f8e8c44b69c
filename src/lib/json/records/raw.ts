/** What the records of an import file are before anybody has read them. */

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
  /** Throws `invalid` when the file may not end here. */
  end(): RawRecord[];
}

/** Whether nothing but blanks and line ends is there. */
export function isBlank(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte <= 0x20);
}

const byteOrderMark = [0xef, 0xbb, 0xbf];

/** Whether a byte is one of those of a byte order mark, which files that were joined have in their middle, too. */
export function isOfByteOrderMark(byte: number): boolean {
  return byteOrderMark.includes(byte);
}

/** The same bytes without a byte order mark at their start. */
export function withoutByteOrderMark(bytes: Uint8Array): Uint8Array {
  return byteOrderMark.every((byte, index) => bytes[index] === byte) ? bytes.subarray(3) : bytes;
}
