/** The id of an application in an address. */
import { DomainError } from "../../lib/errors.ts";

/** Whether a text is an integer that can be an application's id: one of 64 bits. */
export function isApplicationId(text: string): boolean {
  return /^-?\d{1,19}$/.test(text) && BigInt.asIntN(64, BigInt(text)) === BigInt(text);
}

/** The error for an application that the program does not have. */
export function noSuchApplication(): DomainError {
  return new DomainError("not_found", "There is no such application in this program.");
}
