import { expect, test } from "bun:test";
import postgres from "postgres";
import { findWriteProblem } from "../../../src/db/writes/problems.ts";
import { isDatabaseUnavailable } from "../../../src/lib/errors.ts";

/** As the driver throws it, wrapped as Drizzle does. */
function failure(code: string, severity: string): Error {
  const cause = Object.assign(new postgres.PostgresError("no room"), { code, severity });
  return new Error("a query failed", { cause });
}

test.each([
  ["53100", "disk_full"],
  ["58030", "disk_error"],
  ["25006", "read_only"],
  ["23505", undefined],
] as const)("SQLSTATE %s says why nothing is stored: %p", (code, problem) => {
  expect(findWriteProblem(failure(code, "ERROR"))).toBe(problem);
});

test("a PostgreSQL that ends for want of room is away: nobody can say that nothing was changed", () => {
  const error = failure("53100", "PANIC");
  expect(findWriteProblem(error)).toBeUndefined();
  expect(isDatabaseUnavailable(error)).toBeTrue();
});
