/** Keeps the start of a record until its end has come. */
export interface PieceBuffer {
  /** Keeps a copy: who gave the piece may use its memory again. */
  keep(piece: Uint8Array): void;
  /** What was kept and then `last`, or null when that is too long. Nothing is kept afterwards. */
  take(last: Uint8Array): Uint8Array | null;
}

/** Makes one. Of what grows past `bytesMax` nothing is kept but its length. */
export function createPieceBuffer(bytesMax: number): PieceBuffer {
  let pieces: Uint8Array[] = [];
  let length = 0;
  return {
    keep(piece) {
      length += piece.length;
      if (length <= bytesMax) pieces.push(piece.slice());
      else pieces = [];
    },
    take(last) {
      const isTooLong = length + last.length > bytesMax;
      const kept = pieces;
      pieces = [];
      length = 0;
      if (isTooLong) return null;
      return kept.length === 0 ? last : Buffer.concat([...kept, last]);
    },
  };
}
