/** Counts the bytes of a body in chunked transfer coding (RFC 9112, section 7.1) without keeping any. */

/** A running count. */
export interface ChunkCounter {
  /** Takes the next bytes, from the first chunk's size on. Throws when they are not chunks. */
  add(bytes: Buffer): void;
  /** Bytes of the body so far. */
  count(): number;
  /** Whether the last chunk has arrived, with nothing after it. */
  isComplete(): boolean;
}

const lineEnd = "\r\n";

/** Starts a count. Does not understand trailers. */
export function createChunkCounter(): ChunkCounter {
  let count = 0;
  /** Bytes of the chunk, and of the line end behind it, that are still to come. */
  let left = 0;
  /** The part of a size line received so far. */
  let line = "";
  let isLast = false;
  let isComplete = false;

  function readSize(bytes: Buffer, from: number): number {
    const end = bytes.indexOf("\n", from);
    line += bytes.toString("latin1", from, end < 0 ? bytes.length : end + 1);
    if (end < 0) return bytes.length;
    if (!/^[0-9a-f]+\r\n$/i.test(line)) throw new Error(`no size of a chunk: ${line.slice(0, 40)}`);
    const size = Number.parseInt(line, 16);
    line = "";
    isLast = size === 0;
    count += size;
    left = size + lineEnd.length;
    return end + 1;
  }

  return {
    add(bytes) {
      let at = 0;
      while (at < bytes.length) {
        if (isComplete) throw new Error("something comes after the last chunk");
        if (left === 0) {
          at = readSize(bytes, at);
          continue;
        }
        const taken = Math.min(left, bytes.length - at);
        left -= taken;
        at += taken;
        isComplete = isLast && left === 0;
      }
    },
    count: () => count,
    isComplete: () => isComplete,
  };
}
