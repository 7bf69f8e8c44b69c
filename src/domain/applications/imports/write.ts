/** The way of a file's applications into the database: staged while the file is read, merged at its end. */
import type { Database } from "../../../db/client.ts";
import { createCopies } from "../../../db/copy-rows.ts";
import { isUniqueViolation } from "../../../db/run-sql.ts";
import { DomainError } from "../../../lib/errors.ts";
import type { HeadContext } from "../stored/head.ts";
import { storeOutlines } from "../stored/outlines.ts";
import { createBatches, createOutlineList } from "./batches.ts";
import { lockMerge, mergeStaged } from "./merge.ts";
import type { ApplicationRecord } from "./records.ts";
import { dropSuperseded, openStaging, stageApplications } from "./staging.ts";

/** Takes the records of one file, in their order, within a transaction of the caller's. */
export type ApplicationWriter = Awaited<ReturnType<typeof createApplicationWriter>>;

/** Makes the writer of one file; once in a transaction. */
export async function createApplicationWriter(
  tx: Database,
  input: { programId: number; context: HeadContext; batchRowsMax?: number | undefined },
) {
  const { programId, context } = input;
  const outlines = createOutlineList();
  const copies = createCopies(tx);
  const batches = createBatches((rows) => stageApplications(copies, rows, context), input.batchRowsMax);
  await openStaging(tx);
  return {
    add(record: ApplicationRecord, position: number): Promise<void> {
      return batches.add({ record, position, outlineIndex: outlines.indexOf(record.outline) });
    },
    /** Writes what is left, and tells what the whole file came to. Throws `conflict` when another process brings in an application of the same id; then the transaction is lost. */
    async finish(): Promise<{ inserted: number; updated: number }> {
      await batches.flush();
      await copies.end();
      await dropSuperseded(tx);
      await lockMerge(tx, programId);
      const outlineIds = await storeOutlines(tx, { programId, outlines: outlines.all });
      return mergeStaged(tx, { programId, outlineIds, context }).catch(throwExplained);
    },
    /** Waits until nothing is under way any more, whatever came of it: the transaction is to be rolled back. */
    async abandon(): Promise<void> {
      await batches.settle();
      await copies.end().catch(() => {});
    },
  };
}

function throwExplained(error: unknown): never {
  if (!isUniqueViolation(error)) throw error;
  const problem = "Somebody else has brought in an application of the same id at the same moment";
  throw new DomainError("conflict", `${problem}: nothing was changed. Try again.`, {
    cause: error,
  });
}
