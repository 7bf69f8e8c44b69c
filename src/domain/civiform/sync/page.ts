/** Takes a list answer apart without trusting it: the text of its `payload`, and the token of the next page. */
import { createJsonScanner, isClosing, openingBracket } from "../../../lib/json/scanner.ts";
import { type JsonMembers, tryParseJson } from "../../../lib/json/unknown.ts";
import { SyncFailure } from "./failure.ts";

/** One page, before anybody has read its records. */
export interface SourcePage {
  /** The `payload` array, brackets included. */
  readonly payload: Uint8Array;
  /** Null on the last page. */
  readonly nextPageToken: string | null;
}

const envelopeBytesMax = 64 * 1024;
const pageTokenLengthMax = 16 * 1024;

/**
 * Reads the envelope. The records are left as they are, so that a bad one spoils nothing but itself.
 * Throws a `SyncFailure` when it is not `{"payload":[...],"nextPageToken":...}`.
 */
export function readSourcePage(bytes: Uint8Array): SourcePage {
  const [start, end] = findPayload(bytes);
  if (bytes.length - (end - start) > envelopeBytesMax) throw malformed();
  const envelope = Buffer.concat([bytes.subarray(0, start), Buffer.from("[]"), bytes.subarray(end)]);
  const { payload, nextPageToken }: JsonMembers = Object(tryParseJson(envelope.toString()));
  // A second `payload` would have taken the place of the one that was cut out.
  if (!Array.isArray(payload) || payload.length > 0) throw malformed();
  const isToken =
    typeof nextPageToken === "string" &&
    nextPageToken !== "" &&
    nextPageToken.length <= pageTokenLengthMax &&
    /^[\x21-\x7e]+$/.test(nextPageToken);
  if (nextPageToken !== null && !isToken) throw malformed();
  return { payload: bytes.subarray(start, end), nextPageToken: isToken ? nextPageToken : null };
}

/** Where the first array within the object starts and ends. */
function findPayload(bytes: Uint8Array): [start: number, end: number] {
  const scanner = createJsonScanner();
  let start = -1;
  for (let at = scanner.next(bytes, 0); at >= 0; at = scanner.next(bytes, at + 1)) {
    if (scanner.depth !== 2) continue;
    if (start < 0 && bytes[at] === openingBracket) start = at;
    if (start >= 0 && isClosing(bytes[at])) return [start, at + 1];
  }
  throw malformed();
}

function malformed(): SyncFailure {
  return new SyncFailure("bad_answer", "The source sent something other than a list of applications.");
}
