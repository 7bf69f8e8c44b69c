/** Turns a kind of refusal into a value that a handler shows in its form. */
import { DomainError, type ErrorCode } from "../lib/errors.ts";

/**
 * For `.catch()`: returns a domain error with one of these codes, and throws everything else on. An `invalid` error
 * without fields is thrown on too, because no field of a form could show it.
 */
export function onlyCode(...codes: ErrorCode[]): (error: unknown) => DomainError {
  return (error) => {
    const isIt = error instanceof DomainError && codes.includes(error.code);
    if (isIt && (error.code !== "invalid" || Object.keys(error.fields).length > 0)) return error;
    throw error;
  };
}
