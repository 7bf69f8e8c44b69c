/** Takes a list answer apart without trusting it: the text of its `payload`, and the token of the next page. */
import {
  backslash,
  closingBrace,
  closingBracket,
  openingBrace,
  openingBracket,
  quote,
} from "../../../lib/json/marks.ts";
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
  const envelope = Buffer.concat([
    bytes.subarray(0, start),
    Buffer.from("[]"),
    bytes.subarray(end),
  ]);
  const { payload, nextPageToken } = parseEnvelope(envelope.toString());
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
  let depth = 0;
  let start = -1;
  for (let at = 0; at < bytes.length; at++) {
    switch (bytes[at]) {
      case quote:
        at = findStringEnd(bytes, at + 1);
        break;
      case openingBracket:
        if (depth === 1 && start < 0) start = at;
        depth++;
        break;
      case openingBrace:
        depth++;
        break;
      case closingBracket:
      case closingBrace:
        depth--;
        if (depth === 1 && start >= 0) return [start, at + 1];
    }
  }
  throw malformed();
}

function findStringEnd(bytes: Uint8Array, from: number): number {
  for (let at = from; at < bytes.length; at++) {
    if (bytes[at] === quote) return at;
    if (bytes[at] === backslash) at++;
  }
  return bytes.length;
}

function parseEnvelope(text: string): { payload?: unknown; nextPageToken?: unknown } {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    throw malformed();
  }
}

function malformed(): SyncFailure {
  return new SyncFailure(
    "bad_answer",
    "The source sent something other than a list of applications.",
  );
}
