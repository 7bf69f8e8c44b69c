/** Which failures a form shows in place. */
import { DomainError, type FieldProblems } from "../lib/errors.ts";

/** The problems by field of an `invalid` error; every other error is thrown on. */
export function readFieldProblems(error: unknown): FieldProblems {
  const isInvalid = error instanceof DomainError && error.code === "invalid";
  if (isInvalid && Object.keys(error.fields).length > 0) return error.fields;
  throw error;
}
