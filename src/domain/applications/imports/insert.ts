/** Imported applications that meet nothing: COPY puts them where they belong, and nobody has to compare. */
import type { Database } from "../../../db/client.ts";
import type { CopyTarget, RowCopies } from "../../../db/copy-rows.ts";
import { writeUnquotedLead } from "../../../db/copy-text.ts";
import { runSql } from "../../../db/run-sql.ts";
import { DomainError } from "../../../lib/errors.ts";
import { type CopyWriter, type ReadApplication, recordColumnNames } from "./columns.ts";

const target: CopyTarget = {
  table: "applications",
  columns: ["program_id", "shape_id", ...recordColumnNames],
};

/**
 * Adds applications of the program, whose shapes are stored: `shapeIds` has them in the order of
 * `shapeIndex`. When somebody else has taken one of the ids since it was looked for, this or a later call of
 * `copies` fails, see `throwExplained`; then the transaction is lost.
 */
export async function insertApplications(
  copies: RowCopies,
  input: {
    programId: number;
    rows: readonly ReadApplication[];
    shapeIds: readonly number[];
    writeRows: CopyWriter;
  },
): Promise<void> {
  const { programId, rows, shapeIds, writeRows } = input;
  const program = writeUnquotedLead(programId);
  const leadOf = ({ shapeIndex }: ReadApplication) => [program, shapeIds[shapeIndex] ?? null];
  await copies.add(target, writeRows(rows, leadOf));
}

/** Throws what an error of inserting means: a `conflict` when an id was taken meanwhile. */
export function throwExplained(error: unknown): never {
  const isTaken =
    error instanceof Error &&
    "constraint_name" in error &&
    error.constraint_name === "applications_pkey";
  if (!isTaken) throw error;
  const problem = "Somebody else has brought in an application of the same id at the same moment";
  throw new DomainError("conflict", `${problem}: nothing was changed. Try again.`, {
    cause: error,
  });
}

/** Any number will do, as long as nobody else pairs it with a program's id. */
const mergeLock = 0xc1_17_e3;

/**
 * Lets one transaction at a time bring applications into a program, until it ends: two that wrote the
 * same rows and shapes in another order would wait for each other. So it comes before the first of them.
 */
export async function lockMerge(tx: Database, programId: number): Promise<void> {
  await runSql(tx, "select pg_advisory_xact_lock($1::int, $2::int)", [mergeLock, programId], {
    planning: "plan",
  });
}

/** Does the same if nobody else has the lock, and tells whether it did. It may be asked again. */
export async function tryLockMerge(tx: Database, programId: number): Promise<boolean> {
  const [row] = await runSql<{ locked: boolean }>(
    tx,
    "select pg_try_advisory_xact_lock($1::int, $2::int) as locked",
    [mergeLock, programId],
    { planning: "plan" },
  );
  return row?.locked === true;
}
