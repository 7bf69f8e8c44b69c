/** What an import gathers while it reads a file: rows for the next batch, and outlines. */

import { type ApplicationOutline, describeOutline } from "../stored/outlines.ts";
import type { ApplicationRecord } from "./records.ts";
import type { ReadApplication } from "./staging.ts";

/**
 * Rows are written when they are this many, or this many characters together: PostgreSQL has something to do
 * all the time, and little is kept.
 */
const batchRowsMax = 250;
const batchLengthMax = 1024 * 1024;

/** Gathers rows, and has one batch written while the rows of the next are read. */
export function createBatches(write: (rows: readonly ReadApplication[]) => Promise<void>, rowsMax = batchRowsMax) {
  let rows: ReadApplication[] = [];
  let length = 0;
  let writing: Promise<void> = Promise.resolve();

  async function flush(): Promise<void> {
    await writing;
    if (rows.length === 0) return;
    writing = write(rows);
    // Whoever waits for it next gets the error; until then it must not count as unhandled.
    writing.catch(() => {});
    rows = [];
    length = 0;
  }

  return {
    async add(row: ReadApplication): Promise<void> {
      rows.push(row);
      length += lengthOf(row.record);
      if (rows.length === rowsMax || length > batchLengthMax) await flush();
    },
    async flush(): Promise<void> {
      await flush();
      await writing;
    },
    /** Waits until nothing is under way any more, whatever came of it. */
    settle: () => writing.catch(() => {}),
  };
}

/** Of what can be long. */
function lengthOf({ answers, facts }: ApplicationRecord): number {
  return answers.length + (facts.extra_fields?.length ?? 0) + (facts.application_note?.length ?? 0);
}

/** The distinct outlines of a file, each with the index that its rows carry. */
export function createOutlineList() {
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
