/** The records of an import file before anybody has read them. */

/** One record as it stands in the file. Its bytes stay valid only until the next piece of the file is asked for. */
export interface RawRecord {
  /** From 1. */
  readonly number: number;
  /** From 1, in a file of lines; null in a list. */
  readonly line: number | null;
  /** Null when the record is too long to be kept. */
  readonly bytes: Uint8Array | null;
}

/** A file's bytes, in pieces of any size. */
export type ByteSource = AsyncIterable<Uint8Array>;

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

/** Keeps the start of a record until its end has come; of one that grows past `bytesMax`, only its length. */
export function createPieceBuffer(bytesMax: number) {
  let pieces: Uint8Array[] = [];
  let length = 0;
  return {
    /** Keeps a copy: who gave the piece may use its memory again. */
    keep(piece: Uint8Array): void {
      length += piece.length;
      if (length <= bytesMax) pieces.push(piece.slice());
      else pieces = [];
    },
    /** What was kept and then `last`, or null when that is too long. Nothing is kept afterwards. */
    take(last: Uint8Array): Uint8Array | null {
      const isTooLong = length + last.length > bytesMax;
      const kept = pieces;
      pieces = [];
      length = 0;
      if (isTooLong) return null;
      return kept.length === 0 ? last : Buffer.concat([...kept, last]);
    },
  };
}
