/**
 * The way of a file's applications into the database. Those that cannot meet another of their id go
 * straight in, while the rest of the file is still read; all others are staged, and merged at the end.
 */
import type { Database } from "../../../db/client.ts";
import { createCopies } from "../../../db/copy-rows.ts";
import { storeShapes } from "../stored/shapes.ts";
import { createBatches, createShapeList } from "./batches.ts";
import { createCopyWriter, type ReadApplication } from "./columns.ts";
import {
  createIdCheck,
  hasApplicationWithin,
  type IdRange,
  mayBeTaken,
  rangeOf,
  readTakenRange,
} from "./ids.ts";
import { insertApplications, lockMerge, throwExplained, tryLockMerge } from "./insert.ts";
import type { ApplicationRecord } from "./records.ts";
import {
  dropSuperseded,
  mergeStaged,
  openStaging,
  stageApplications,
  takeBackRepeated,
} from "./staging.ts";

/** Takes the records of one file, in their order, within a transaction of the caller's. */
export type ApplicationWriter = ReturnType<typeof createApplicationWriter>;

/** Makes the writer of one file; once in a transaction. */
export function createApplicationWriter(
  tx: Database,
  { programId, batchRowsMax }: { programId: number; batchRowsMax?: number | undefined },
) {
  const ids = createIdCheck();
  const shapes = createShapeList();
  const shapeIds: number[] = [];
  const writeRows = createCopyWriter();
  const copies = createCopies(tx);
  const batches = createBatches(write, batchRowsMax);
  let isLocked = false;
  let taken: IdRange | undefined;
  let inserted = 0;
  let isStaging = false;

  /** The transaction, once it can be asked something: no COPY is under way. */
  async function idle(): Promise<Database> {
    await copies.end();
    return tx;
  }

  async function write(rows: readonly ReadApplication[]): Promise<void> {
    // Asked before anything is waited for: the ids of the next batch must not count yet.
    const mayRepeat = ids.mayRepeat();
    if (!mayRepeat && (await isFree(rows))) {
      await storeNewShapes();
      await insertApplications(copies, { programId, rows, shapeIds, writeRows });
      inserted += rows.length;
      return;
    }
    if (!isStaging) await openStaging(await idle());
    isStaging = true;
    await stageApplications(copies, { rows, writeRows });
  }

  /** Of rows in order. While somebody else brings applications in, nothing is known to be free. */
  async function isFree(rows: readonly ReadApplication[]): Promise<boolean> {
    if (!isLocked) {
      isLocked = await tryLockMerge(await idle(), programId);
      if (!isLocked) return false;
      taken = await readTakenRange(tx, programId);
    }
    const range = rangeOf([rows.at(0), rows.at(-1)].flatMap((row) => row?.record ?? []));
    if (!mayBeTaken(range, taken)) return true;
    // There may be a gap. Whoever stages already stages the rest, too: to ask would end a COPY each time.
    if (isStaging) return false;
    return !(await hasApplicationWithin(await idle(), { programId, range }));
  }

  async function storeNewShapes(): Promise<void> {
    const added = shapes.all.slice(shapeIds.length);
    if (added.length === 0) return;
    shapeIds.push(...(await storeShapes(await idle(), { programId, shapes: added })));
  }

  return {
    /** Throws `conflict` when somebody else brings in an application of the same id; then the transaction is lost. */
    async add(record: ApplicationRecord, position: number): Promise<void> {
      ids.add(record);
      const shapeIndex = shapes.indexOf(record.shape);
      await batches.add({ record, position, shapeIndex }).catch(throwExplained);
    },
    /** Writes what is left, and tells what the whole file came to. Throws as `add` does. */
    async finish(): Promise<{ inserted: number; updated: number }> {
      await batches.flush().catch(throwExplained);
      await copies.end().catch(throwExplained);
      if (!isStaging) return { inserted, updated: 0 };
      let takenBack = 0;
      if (ids.mayRepeat()) {
        takenBack = inserted > 0 ? await takeBackRepeated(tx, programId) : 0;
        await dropSuperseded(tx);
      }
      await lockMerge(tx, programId);
      await storeNewShapes();
      const merged = await mergeStaged(tx, { programId, shapeIds, range: ids.range() });
      return { ...merged, inserted: inserted - takenBack + merged.inserted };
    },
    /** Waits until nothing is under way any more, whatever came of it: the transaction is to be taken back. */
    async abandon(): Promise<void> {
      await batches.settle();
      await copies.end().catch(() => {});
    },
  };
}
