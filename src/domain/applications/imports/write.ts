/** The way of a file's applications into the database: staged while the file is read, merged at its end. */
import type { Database } from "../../../db/client.ts";
import { createCopy } from "../../../db/copy-rows.ts";
import { isUniqueViolation } from "../../../db/run-sql.ts";
import { DomainError } from "../../../lib/errors.ts";
import type { HeadContext } from "../stored/head.ts";
import { type ApplicationOutline, describeOutline, storeOutlines } from "../stored/outlines.ts";
import { lockMerge, mergeStaged } from "./merge.ts";
import type { ApplicationRecord } from "./records.ts";
import { dropErased, dropSuperseded, openStaging, staging, writeStagedRow } from "./staging.ts";

/** Takes the records of one file, in their order, in a transaction of the caller's. */
export type ApplicationWriter = Awaited<ReturnType<typeof createApplicationWriter>>;

/** So many characters of rows are sent together: PostgreSQL has something to do all the time, and little is kept. */
const batchLengthDefault = 512 * 1024;

/** Makes the writer of one file; once in a transaction. */
export async function createApplicationWriter(
  tx: Database,
  input: { programId: number; context: HeadContext; batchLength?: number | undefined },
) {
  const { programId, context, batchLength = batchLengthDefault } = input;
  const outlines = createOutlineList();
  const copy = createCopy(tx, staging);
  let lines = "";
  let sending: Promise<void> = Promise.resolve();
  await openStaging(tx);

  /** Sends what was gathered while the rows of the next batch are read. */
  async function send(): Promise<void> {
    await sending;
    sending = copy.add(Buffer.from(lines));
    // Whoever waits for it next gets the error; until then it must not count as unhandled.
    sending.catch(() => {});
    lines = "";
  }

  return {
    /** Takes a record and its place in the file, from 1. */
    async add(record: ApplicationRecord, position: number): Promise<void> {
      lines += writeStagedRow(record, { position, outlineIndex: outlines.indexOf(record.outline), context });
      if (lines.length >= batchLength) await send();
    },
    /** Writes the rest and merges it. Throws `conflict` when another process stores an application of the same id; then the transaction is lost. */
    async finish(): Promise<{ inserted: number; updated: number; erased: number }> {
      if (lines !== "") await send();
      await sending;
      await copy.end();
      await dropSuperseded(tx);
      await lockMerge(tx, programId);
      const erased = await dropErased(tx, programId);
      const outlineIds = await storeOutlines(tx, { programId, outlines: outlines.all });
      return { ...(await mergeStaged(tx, { programId, outlineIds, context }).catch(throwExplained)), erased };
    },
    /** Waits for what is being sent, even if it fails: the transaction will be rolled back. */
    async abandon(): Promise<void> {
      await sending.catch(() => {});
      await copy.end().catch(() => {});
    },
  };
}

function throwExplained(error: unknown): never {
  if (!isUniqueViolation(error)) throw error;
  const problem = "Somebody else has brought in an application of the same id at the same moment";
  throw new DomainError("conflict", `${problem}: nothing was changed. Try again.`, { cause: error });
}

/** The distinct outlines of a file, each with the index that its rows carry. */
function createOutlineList() {
  const all: ApplicationOutline[] = [];
  const indexes = new Map<string, number>();
  return {
    all,
    indexOf(outline: ApplicationOutline): number {
      // Most records have their keys in one order: sorting them for each would cost more than it saves.
      const spelling = `${outline.programVersionId} ${outline.completedBy} ${outline.questionKeys.length} ${outline.questionKeys.join('"')}`;
      const known = indexes.get(spelling);
      if (known !== undefined) return known;
      const description = describeOutline(outline);
      const index = indexes.get(description) ?? all.push(outline) - 1;
      indexes.set(spelling, index);
      indexes.set(description, index);
      return index;
    },
  };
}
