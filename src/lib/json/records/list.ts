/** Cuts JSON lists: what stands between commas in a `payload` list, or in a bare array, is a record. */
import { DomainError } from "../../errors.ts";
import { closingBrace, comma, createJsonScanner, isClosing, type JsonScanner, openingBracket } from "../scanner.ts";
import { type ByteSource, createPieceBuffer, isBlank, isOfByteOrderMark, type RawRecord } from "./raw.ts";

const listName = "payload";

/** Whether the scanner has just found the start of a list of records. */
export function opensList({ depth, name }: JsonScanner, byte: number | undefined): boolean {
  return byte === openingBracket && (depth === 1 || (depth === 2 && name === listName));
}

/**
 * Cuts list answers and arrays, one or several in a row. What is wrong within a record shows when it is read. Throws
 * `invalid` when something else is wrong, or the last list has no end.
 */
export async function* cutLists(pieces: ByteSource, bytesMax: number): AsyncGenerator<RawRecord[]> {
  const open = createPieceBuffer(bytesMax);
  const scanner = createJsonScanner();
  let number = 0;
  /** The depth of the list that is being read; 0 outside of lists. */
  let listDepth = 0;
  let isFirstOfList = true;
  let holdsList = false;

  function cut(piece: Uint8Array): RawRecord[] {
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
        records.push(...endRecord(piece.subarray(start, at), byte));
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

  function endRecord(last: Uint8Array, byte: number): RawRecord[] {
    if (byte === closingBrace) throw malformed('a "]" is expected');
    const bytes = open.take(last);
    const isLast = byte !== comma;
    const isEmptyList = isLast && isFirstOfList && bytes && isBlank(bytes);
    isFirstOfList = false;
    if (isLast) listDepth = 0;
    return isEmptyList ? [] : [{ number: ++number, line: null, bytes }];
  }

  function malformed(problem: string): DomainError {
    const where = number === 0 ? "before the first record" : `after record ${number}`;
    return new DomainError("invalid", `JSON is incorrectly formatted: ${problem} (${where}).`);
  }

  for await (const piece of pieces) yield cut(piece);
  if (scanner.isOpen) throw malformed("the file ends before its list does");
}
