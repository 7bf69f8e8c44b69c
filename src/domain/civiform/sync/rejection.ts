/** Describes a rejected record of a source: which application it is, and what is wrong with it. */
import { JsonTextError } from "../../../lib/json/problem.ts";
import { isJsonObject, memberOf, numberText, parseJson } from "../../../lib/json/text.ts";
import type { RejectedRecord } from "../../applications/imports/import.ts";

const lengthMax = 500;

/** One sentence that is safe to show, whatever the source put into its record. */
export function describeRejection({ message, bytes }: RejectedRecord): string {
  const id = readApplicationId(bytes);
  const problem = message.replace(/^Record \d+[^:]*: /, "");
  const text = id === null ? message : `Application ${id}: ${problem}`;
  return text.replace(/\p{C}/gu, "\ufffd").slice(0, lengthMax);
}

/** The application id of a bad record, or null when it cannot be read. */
export function readApplicationId(bytes: Uint8Array | null): string | null {
  if (bytes === null) return null;
  try {
    const record = parseJson(new TextDecoder().decode(bytes));
    const id = isJsonObject(record) ? numberText(memberOf(record, "application_id")) : undefined;
    if (id === undefined || !/^-?\d{1,19}$/.test(id)) return null;
    return BigInt.asIntN(64, BigInt(id)) === BigInt(id) ? id : null;
  } catch (error) {
    if (error instanceof JsonTextError) return null;
    throw error;
  }
}
