/** Cuts JSON lists: what stands between commas in a `payload` list, or in a bare array, is a record. */
import { DomainError } from "../../errors.ts";
import { closingBrace, comma, createJsonScanner, isClosing, type JsonScanner, openingBracket } from "../scanner.ts";
import { createPieceBuffer } from "./pieces.ts";
import { isBlank, isOfByteOrderMark, type RawRecord, type RecordSplitter } from "./raw.ts";

const listName = "payload";

/** Whether the scanner has just found the start of a list of records. */
export function opensList({ depth, name }: JsonScanner, byte: number | undefined): boolean {
  return byte === openingBracket && (depth === 1 || (depth === 2 && name === listName));
}

/**
 * Makes a splitter for list answers and arrays, one or several in a row. What is wrong within a record
 * shows when it is read.
 */
export function createListSplitter(bytesMax: number): RecordSplitter {
  const open = createPieceBuffer(bytesMax);
  const scanner = createJsonScanner();
  let number = 0;
  /** The depth of the list that is being read; 0 outside of lists. */
  let listDepth = 0;
  let isFirstOfList = true;
  let holdsList = false;

  function push(piece: Uint8Array): RawRecord[] {
    const records: RawRecord[] = [];
    let start = 0;
    for (let at = scanner.next(piece, 0); at >= 0; at = scanner.next(piece, at + 1)) {
      const byte = piece[at] ?? 0;
      const { depth } = scanner;
      if (depth === 0 && isOfByteOrderMark(byte)) continue;
      if (depth === 0) {
        throw malformed(isClosing(byte) ? "a bracket closes nothing" : "something stands outside of its list");
      }
      if (listDepth === 0) {
        if (opensList(scanner, byte)) {
          listDepth = depth;
          isFirstOfList = true;
          holdsList = true;
          start = at + 1;
        }
      } else if (depth === listDepth) {
        endRecord(piece.subarray(start, at), byte, records);
        start = at + 1;
      }
      if (!scanner.isOpen) {
        if (!holdsList) throw malformed(`an object has no list called ${listName}`);
        holdsList = false;
      }
    }
    if (listDepth > 0) open.keep(piece.subarray(start));
    return records;
  }

  function endRecord(last: Uint8Array, byte: number, records: RawRecord[]): void {
    if (byte === closingBrace) throw malformed('a "]" is expected');
    const bytes = open.take(last);
    const isLast = byte !== comma;
    const isEmptyList = isLast && isFirstOfList && bytes && isBlank(bytes);
    isFirstOfList = false;
    if (isLast) listDepth = 0;
    if (!isEmptyList) records.push({ number: ++number, line: null, bytes });
  }

  function end(): RawRecord[] {
    if (scanner.isOpen) throw malformed("the file ends before its list does");
    return [];
  }

  function malformed(problem: string): DomainError {
    const where = number === 0 ? "before the first record" : `after record ${number}`;
    return new DomainError("invalid", `JSON is incorrectly formatted: ${problem} (${where}).`);
  }

  return { push, end };
}
