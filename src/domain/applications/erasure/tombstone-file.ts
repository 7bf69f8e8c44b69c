/** Reads a file that says what another database has erased. */
import { DomainError } from "../../../lib/errors.ts";
import { JsonTextError } from "../../../lib/json/problem.ts";
import { isJsonObject, type JsonValue, memberOf, numberText, parseJson } from "../../../lib/json/text.ts";
import { isApplicationId } from "../application-id.ts";

/** An erased application of the file. */
interface TombstoneEntry {
  /** Its program's slug. */
  readonly program: string;
  readonly applicationId: string;
  readonly erasedBy: string;
  readonly reason: string;
}

/**
 * Reads what `applications erased --json` prints, a list, or what the API answers, an object with the list `erased`. What
 * an entry does not say is taken from `otherwise`. Throws `invalid` with what is wrong, by the number of the entry.
 */
export function readTombstones(
  text: string,
  otherwise: { program: string | undefined; erasedBy: string; reason: string },
): TombstoneEntry[] {
  const value = parseFile(text);
  const list = isJsonObject(value) ? memberOf(value, "erased") : value;
  if (!Array.isArray(list)) throw new DomainError("invalid", "The file has no list of erased applications.");
  return list.map((entry, index) => {
    const refuse = (problem: string) => new DomainError("invalid", `Entry ${index + 1} ${problem}.`);
    if (!isJsonObject(entry)) throw refuse("isn't an object");
    const textIn = (name: string) => {
      const member = memberOf(entry, name);
      return typeof member === "string" ? member : undefined;
    };
    const applicationId = textIn("applicationId") ?? numberText(memberOf(entry, "applicationId")) ?? "";
    if (!isApplicationId(applicationId)) throw refuse("has no applicationId");
    const program = textIn("program") ?? otherwise.program;
    if (program === undefined) throw refuse("has no program: use --program");
    const erasedBy = textIn("erasedBy") ?? otherwise.erasedBy;
    return { program, applicationId, erasedBy, reason: textIn("reason") ?? otherwise.reason };
  });
}

function parseFile(text: string): JsonValue {
  try {
    return parseJson(text);
  } catch (error) {
    if (!(error instanceof JsonTextError)) throw error;
    throw new DomainError("invalid", `JSON is incorrectly formatted: ${error.message} (character ${error.offset + 1})`);
  }
}
