/** Reads all applications that a filter finds, in batches: constant memory, and no query is left behind when the reader stops. */

import type { Read } from "../../db/reads/call-reads.ts";
import type { GrantedProgram } from "../access/grants.ts";
import { type ApplicationFilter, type ApplicationPage, listApplications } from "./list.ts";
import {
  listModifiedApplications,
  type ModifiedFilter,
  type ModifiedPage,
} from "./list-modified.ts";
import type { PagePosition } from "./page-tokens.ts";
import type { ServedApplications } from "./stored/served.ts";

/** Twice as many are hardly faster, and take more memory. */
const batchRows = 100;

/** What every batch comes with. */
interface Batch {
  readonly applications: ServedApplications;
  readonly hasMore: boolean;
}

/**
 * Gives applications as the API serves them, ids descending, in batches. Each batch is a query of its own that starts
 * where the last one ended: nothing is held open in the database while the reader is slow, and an
 * application that was there at the start comes exactly once. One batch is read ahead.
 */
export async function* exportApplications(
  read: Read,
  input: ApplicationFilter & { program: GrantedProgram<"READ">; zone: string },
): AsyncGenerator<ServedApplications> {
  yield* readAhead((page: ApplicationPage | undefined) =>
    read((db) =>
      listApplications(db, {
        ...input,
        before: page === undefined ? input.before : page.lastApplicationId,
        limit: batchRows,
      }),
    ),
  );
}

/**
 * The same of what was modified, in that order. `modifiedUntil` is that of the first batch: what a next
 * export should ask for.
 */
export async function exportModifiedApplications(
  read: Read,
  input: ModifiedFilter & { program: GrantedProgram<"READ">; zone: string },
): Promise<{ batches: AsyncGenerator<ServedApplications>; modifiedUntil: bigint }> {
  const readBatch = (last: PagePosition | null) =>
    read((db) => listModifiedApplications(db, { ...input, last, limit: batchRows }));
  const first = await readBatch(input.last);
  const batches = readAhead(async (page: ModifiedPage | undefined) =>
    page === undefined ? first : readBatch(page.last),
  );
  return { batches, modifiedUntil: first.modifiedUntil };
}

async function* readAhead<B extends Batch>(
  readNext: (batch: B | undefined) => Promise<B>,
): AsyncGenerator<ServedApplications> {
  let ahead: Promise<B> | undefined = readNext(undefined);
  while (ahead !== undefined) {
    const batch: B = await ahead;
    ahead = batch.hasMore ? readNext(batch) : undefined;
    // A failure is thrown where it is awaited; until then it is not an unhandled one.
    ahead?.catch(() => undefined);
    yield batch.applications;
  }
}
