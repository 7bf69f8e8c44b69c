/** Cuts JSON lists: what stands between commas in a `payload` list, or in a bare array, is a record. */
import { DomainError } from "../../errors.ts";
import {
  backslash,
  closingBrace,
  closingBracket,
  comma,
  openingBrace,
  openingBracket,
  quote,
} from "../marks.ts";
import { createPieceBuffer } from "./pieces.ts";
import { isBlank, type RawRecord, type RecordSplitter } from "./raw.ts";

const listName = "payload";

/**
 * Makes a splitter for list answers and arrays, one or several in a row. Only strings, commas and
 * depth are looked at: what is wrong within a record shows when it is read.
 */
export function createListSplitter(bytesMax: number): RecordSplitter {
  const open = createPieceBuffer(bytesMax);
  let number = 0;
  let depth = 0;
  /** The depth within the list that is being read; 0 outside of lists. */
  let listDepth = 0;
  let isFirstOfList = true;
  let holdsList = false;
  let isInString = false;
  let isEscaped = false;
  /** The newest string outside of lists, as far as it can be a list's name. */
  let name = "";

  function push(piece: Uint8Array): RawRecord[] {
    const records: RawRecord[] = [];
    let start = 0;
    for (let at = 0; at < piece.length; at++) {
      const byte = piece[at] ?? 0;
      if (isInString) {
        continueString(byte);
      } else if (byte === quote) {
        isInString = true;
        name = "";
      } else if (byte === openingBracket || byte === openingBrace) {
        if (enter(byte)) start = at + 1;
      } else if (byte === comma || byte === closingBracket || byte === closingBrace) {
        if (depth === listDepth && depth > 0) {
          endRecord(piece.subarray(start, at), byte, records);
          start = at + 1;
        }
        name = "";
        if (byte !== comma) leave();
      }
      if (depth === 0 && byte > 0x20 && byte !== closingBracket && byte !== closingBrace) {
        throw malformed("something stands outside of its list");
      }
    }
    if (listDepth > 0) open.keep(piece.subarray(start));
    return records;
  }

  function continueString(byte: number): void {
    if (isEscaped) isEscaped = false;
    else if (byte === backslash) isEscaped = true;
    else if (byte === quote) isInString = false;
    else if (listDepth === 0 && name.length <= listName.length) name += String.fromCharCode(byte);
  }

  /** Whether the bracket opens a list of records. */
  function enter(byte: number): boolean {
    depth++;
    if (depth === 1) holdsList = false;
    if (listDepth > 0 || byte !== openingBracket) return false;
    if (depth !== 1 && (depth !== 2 || name !== listName)) return false;
    listDepth = depth;
    isFirstOfList = true;
    holdsList = true;
    return true;
  }

  function endRecord(last: Uint8Array, byte: number, records: RawRecord[]): void {
    if (byte === closingBrace) throw malformed('a "]" is expected');
    const bytes = open.take(last);
    const isEmptyList = byte === closingBracket && isFirstOfList && bytes && isBlank(bytes);
    isFirstOfList = false;
    if (byte === closingBracket) listDepth = 0;
    if (!isEmptyList) records.push({ number: ++number, line: null, bytes });
  }

  function leave(): void {
    depth--;
    if (depth < 0) throw malformed("a bracket closes nothing");
    if (depth === 0 && !holdsList) throw malformed(`an object has no list called ${listName}`);
  }

  function end(): RawRecord[] {
    if (depth > 0) throw malformed("the file ends before its list does");
    return [];
  }

  function malformed(problem: string): DomainError {
    const where = number === 0 ? "before the first record" : `after record ${number}`;
    return new DomainError("invalid", `JSON is incorrectly formatted: ${problem} (${where}).`);
  }

  return { push, end };
}
