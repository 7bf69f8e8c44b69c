/** What an import gathers while it reads a file: rows for the next batch, shapes, and whether ids can repeat. */
import type { Database } from "../db/client.ts";
import { type ApplicationShape, describeShape } from "./application-shapes.ts";
import { type IdRange, type StagedApplication, stageApplications } from "./application-staging.ts";

/** Rows are written when they are this many, or this many characters together. */
const batchRowsMax = 500;
const batchLengthMax = 4 * 1024 * 1024;

/** Gathers rows and writes them while the next ones are read. */
export function createBatches(tx: Database) {
  let rows: StagedApplication[] = [];
  let length = 0;
  let writing: Promise<void> = Promise.resolve();

  async function flush(): Promise<void> {
    await writing;
    writing = stageApplications(tx, rows);
    // Whoever waits for it next gets the error; until then it must not count as unhandled.
    writing.catch(() => {});
    rows = [];
    length = 0;
  }

  return {
    async add(row: StagedApplication): Promise<void> {
      rows.push(row);
      length += row.record.answers.length;
      if (rows.length === batchRowsMax || length > batchLengthMax) await flush();
    },
    async flush(): Promise<void> {
      await flush();
      await writing;
    },
    /** Waits until nothing is under way any more, whatever came of it. */
    settle: () => writing.catch(() => {}),
  };
}

/** The distinct shapes of a file, each with the index that its rows carry. */
export function createShapeList() {
  const all: ApplicationShape[] = [];
  const indexes = new Map<string, number>();
  return {
    all,
    indexOf(shape: ApplicationShape): number {
      // Most records have their keys in one order: sorting them for each would cost more than it saves.
      const spelling = `${shape.programVersionId} ${shape.completedBy} ${shape.questionKeys.join('"')}`;
      const known = indexes.get(spelling);
      if (known !== undefined) return known;
      const description = describeShape(shape);
      const index = indexes.get(description) ?? all.push(shape) - 1;
      indexes.set(spelling, index);
      indexes.set(description, index);
      return index;
    },
  };
}

/** What the ids of a file tell about it, so that nobody has to look at every row for it. */
export function createIdCheck() {
  let previous: bigint | undefined;
  let rises = true;
  let falls = true;
  let range: IdRange | undefined;
  return {
    add(applicationId: string): void {
      const id = BigInt(applicationId);
      if (previous !== undefined) {
        rises &&= id > previous;
        falls &&= id < previous;
      }
      previous = id;
      if (range === undefined) range = { lowest: id, highest: id };
      else if (id < range.lowest) range = { ...range, lowest: id };
      else if (id > range.highest) range = { ...range, highest: id };
    },
    /** Ids that only rise, or only fall as CiviForm lists them, cannot repeat. */
    mayRepeat: () => !rises && !falls,
    /** Undefined without any id. */
    range: () => range,
  };
}
