/** What a caller sends to set an application's status: read, checked, every problem at once. */
import { DomainError, type PointedError } from "../../lib/errors.ts";
import { pointTo } from "../../lib/json/pointer.ts";
import { isStorableText } from "../../lib/json/storable.ts";
import { type JsonObject, memberOf } from "../../lib/json/text.ts";

/** What is to become of an application. */
export interface StatusForm {
  /** Null takes the status away. */
  readonly status: string | null;
  /** Null takes the note away; undefined leaves it as it is. */
  readonly note: string | null | undefined;
}

const statusLengthMax = 200;
const noteLengthMax = 10_000;

const known: ReadonlySet<string> = new Set(["status", "note"]);

/**
 * Reads the body. Throws `unprocessable`: a status that is missing, blank, too long or has control
 * characters; a note that is too long; a member that is neither. Any status is taken: CiviForm's program
 * export does not say which a program has. An empty note is none, as everywhere.
 */
export function readStatusForm(body: JsonObject): StatusForm {
  const errors: PointedError[] = Object.keys(body)
    .filter((name) => !known.has(name))
    .map((name) => ({ pointer: pointTo(name), detail: "There is no such member." }));
  const read = (name: string, find: (text: string) => string | undefined) => {
    const value = memberOf(body, name);
    if (value === undefined || value === null) return value;
    const text = typeof value === "string" ? value : undefined;
    const detail = text === undefined ? "It must be a string or null." : find(text);
    if (detail !== undefined) errors.push({ pointer: pointTo(name), detail });
    return text;
  };
  const status = read("status", findStatusProblem);
  const note = read("note", (text) => findTextProblem(text, noteLengthMax));
  if (!Object.hasOwn(body, "status")) {
    errors.push({ pointer: pointTo("status"), detail: "It is missing: send null for no status." });
  }
  if (status === undefined || errors.length > 0) {
    throw new DomainError("unprocessable", "The status cannot be set like this.", { errors });
  }
  return { status, note: note === "" ? null : note };
}

function findStatusProblem(text: string): string | undefined {
  if (text.trim() === "") return "It must not be blank: send null for no status.";
  if (/\p{Cc}/u.test(text)) return "It must not have control characters.";
  return findTextProblem(text, statusLengthMax);
}

function findTextProblem(text: string, lengthMax: number): string | undefined {
  if (!isStorableText(text)) return "It must not have a NUL character or half of a surrogate pair.";
  if (text.length > lengthMax) return `It must have ${lengthMax} characters or fewer.`;
  return undefined;
}
