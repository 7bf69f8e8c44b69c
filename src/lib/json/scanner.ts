/** Finds the brackets and commas that give JSON its structure (RFC 8259). Checks nothing: that is for whoever parses. */

const quote = 0x22;
export const comma = 0x2c;
export const openingBracket = 0x5b;
const backslash = 0x5c;
const closingBracket = 0x5d;
export const openingBrace = 0x7b;
export const closingBrace = 0x7d;

/** Walks through a text that comes in pieces, cut anywhere. */
export type JsonScanner = ReturnType<typeof createJsonScanner>;

/** As much of a string as a name that somebody looks for. */
const nameLengthMax = 16;

/** Makes one, at the start of a text. */
export function createJsonScanner() {
  let open = 0;
  let depth = 0;
  let name = "";
  let isInString = false;
  let isEscaped = false;

  /**
   * The index of the next bracket, brace or comma of the piece that is not within a string, from `from` on; outside of
   * every array and object, of the next byte that is no blank. -1 when the rest of the piece has none.
   */
  function next(piece: Uint8Array, from: number): number {
    for (let at = from; at < piece.length; at++) {
      const byte = piece[at] ?? 0;
      if (isInString) {
        at = continueString(piece, at);
        continue;
      }
      depth = open;
      switch (byte) {
        case quote:
          isInString = true;
          name = "";
          break;
        case comma:
          name = "";
          return at;
        case openingBracket:
        case openingBrace:
          depth = ++open;
          return at;
        case closingBracket:
        case closingBrace:
          open--;
          return at;
      }
      if (open === 0 && byte > 0x20) return at;
    }
    return -1;
  }

  /** The index of the quote that ends the string, or the piece's length. */
  function continueString(piece: Uint8Array, from: number): number {
    let at = from;
    let isEscape = isEscaped;
    for (; at < piece.length; at++) {
      const byte = piece[at];
      if (isEscape) isEscape = false;
      else if (byte === backslash) isEscape = true;
      else if (byte === quote) break;
    }
    isEscaped = isEscape;
    isInString = at === piece.length;
    if (open === 1) {
      const end = Math.min(at, from + nameLengthMax - name.length);
      name += String.fromCharCode(...piece.subarray(from, end));
    }
    return at;
  }

  return {
    next,
    /** That of the array or object which the mark found last opens, divides or closes: 1 for the outermost, 0 outside. */
    get depth() {
      return depth;
    },
    /** The newest string directly within the outermost object, until the comma after it; longer ones are cut. */
    get name() {
      return name;
    },
    /** Whether an array or object has not ended yet. */
    get isOpen() {
      return open > 0;
    },
  };
}

/** Whether a byte ends an array or an object. */
export function isClosing(byte: number | undefined): boolean {
  return byte === closingBracket || byte === closingBrace;
}
