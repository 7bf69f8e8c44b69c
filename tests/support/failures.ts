/** Reads what the domain refuses work with. */
import { DomainError } from "../../src/lib/errors.ts";

/** The error of work that fails with one of the domain's. Throws when the work succeeds, or fails otherwise. */
export async function failureOf(work: Promise<unknown>): Promise<DomainError> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof DomainError) return error;
  throw new Error("it did not fail as expected", { cause: error });
}
