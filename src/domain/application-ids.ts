/** What the ids of a file tell about it, so that nobody has to look at every row for it. */
import type { Database } from "../db/client.ts";
import { runSql } from "../db/run-sql.ts";

/** The first and the last of some ids. */
export interface IdRange {
  readonly lowest: bigint;
  readonly highest: bigint;
}

/** The range with one more id in it. */
export function widen(range: IdRange | undefined, id: bigint): IdRange {
  if (range === undefined) return { lowest: id, highest: id };
  if (id < range.lowest) return { ...range, lowest: id };
  return id > range.highest ? { ...range, highest: id } : range;
}

/** Watches the ids of a file in their order. */
export function createIdCheck() {
  let previous: bigint | undefined;
  let rises = true;
  let falls = true;
  return {
    add(id: bigint): void {
      if (previous !== undefined) {
        rises &&= id > previous;
        falls &&= id < previous;
      }
      previous = id;
    },
    /** Ids that only rise, or only fall as CiviForm lists them, cannot repeat. */
    mayRepeat: () => !rises && !falls,
  };
}

/** Whether the program has an application, as far as can be seen now, whose id is one of these. */
export async function hasApplicationWithin(
  db: Database,
  { programId, range }: { programId: number; range: IdRange },
): Promise<boolean> {
  const found = await runSql(
    db,
    "select from applications where program_id = $1 and application_id between $2 and $3 limit 1",
    [programId, range.lowest, range.highest],
    { planning: "plan" },
  );
  return found.length > 0;
}
