/**
 * The way of a file's applications into the database. Those that cannot meet another of their id go
 * straight in, while the rest of the file is still read; all others are staged, and merged at the end.
 */
import type { Database } from "../db/client.ts";
import { createBatches, createShapeList } from "./application-batches.ts";
import { createCopyWriter, type ReadApplication } from "./application-columns.ts";
import { createIdCheck, hasApplicationWithin, rangeOf } from "./application-ids.ts";
import { insertApplications, lockMerge, tryLockMerge } from "./application-insertion.ts";
import type { ApplicationRecord } from "./application-records.ts";
import { storeShapes } from "./application-shapes.ts";
import {
  dropSuperseded,
  mergeStaged,
  openStaging,
  stageApplications,
  takeBackRepeated,
} from "./application-staging.ts";

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
  const batches = createBatches(write, batchRowsMax);
  let isLocked = false;
  let inserted = 0;
  let isStaging = false;

  async function write(rows: readonly ReadApplication[]): Promise<void> {
    // Asked before anything is waited for: the ids of the next batch must not count yet.
    const mayRepeat = ids.mayRepeat();
    if (!mayRepeat && (await isFree(rows))) {
      await storeNewShapes();
      await insertApplications(tx, { programId, rows, shapeIds, writeRows });
      inserted += rows.length;
      return;
    }
    if (!isStaging) await openStaging(tx);
    isStaging = true;
    await stageApplications(tx, { rows, writeRows });
  }

  /** Of rows in order. While somebody else brings applications in, nothing is known to be free. */
  async function isFree(rows: readonly ReadApplication[]): Promise<boolean> {
    isLocked ||= await tryLockMerge(tx, programId);
    if (!isLocked) return false;
    const range = rangeOf([rows.at(0), rows.at(-1)].flatMap((row) => row?.record ?? []));
    return !(await hasApplicationWithin(tx, { programId, range }));
  }

  async function storeNewShapes(): Promise<void> {
    const added = shapes.all.slice(shapeIds.length);
    shapeIds.push(...(await storeShapes(tx, { programId, shapes: added })));
  }

  return {
    async add(record: ApplicationRecord, position: number): Promise<void> {
      ids.add(record);
      await batches.add({ record, position, shapeIndex: shapes.indexOf(record.shape) });
    },
    /** Writes what is left, and tells what the whole file came to. */
    async finish(): Promise<{ inserted: number; updated: number }> {
      await batches.flush();
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
    /** Waits until nothing is under way any more, whatever came of it. */
    settle: () => batches.settle(),
  };
}
