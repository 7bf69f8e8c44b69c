/** What the ids of a file tell about it, so that nobody has to look at every row for it. */
import type { Database } from "../../../db/client.ts";
import { runSql } from "../../../db/run-sql.ts";

/** The first and the last of some ids. */
export interface IdRange {
  readonly lowest: bigint;
  readonly highest: bigint;
}

/** What has an id. */
interface WithId {
  readonly applicationId: string;
}

/** Watches the ids of a file in their order. */
export function createIdCheck() {
  let previous: bigint | undefined;
  let rises = true;
  let falls = true;
  let range: IdRange | undefined;
  return {
    add({ applicationId }: WithId): void {
      const id = BigInt(applicationId);
      if (previous !== undefined) {
        rises &&= id > previous;
        falls &&= id < previous;
      }
      previous = id;
      range = widen(range, id);
    },
    /** Ids that only rise, or only fall as CiviForm lists them, cannot repeat. */
    mayRepeat: () => !rises && !falls,
    /** Undefined without any id. */
    range: () => range,
  };
}

/** Undefined without any id. */
export function rangeOf(records: readonly WithId[]): IdRange | undefined {
  let range: IdRange | undefined;
  for (const { applicationId } of records) range = widen(range, BigInt(applicationId));
  return range;
}

function widen(range: IdRange | undefined, id: bigint): IdRange {
  if (range === undefined) return { lowest: id, highest: id };
  if (id < range.lowest) return { ...range, lowest: id };
  return id > range.highest ? { ...range, highest: id } : range;
}

/** From here on are the ids of what is submitted here (docs/decisions/0008): `submitted_application_ids`. */
const submittedIdsFrom = 2n ** 52n;

/**
 * The ids between which all of the program's imported applications lie, as far as can be seen now; undefined
 * without any. Those that were submitted here would stretch it over all that CiviForm will ever give.
 */
export async function readTakenRange(
  db: Database,
  programId: number,
): Promise<IdRange | undefined> {
  const [row] = await runSql<{ lowest: string | null; highest: string | null }>(
    db,
    `select min(application_id) as lowest, max(application_id) as highest
     from applications where program_id = $1 and application_id < $2`,
    [programId, submittedIdsFrom],
    { planning: "plan" },
  );
  if (row?.lowest == null || row.highest == null) return undefined;
  return { lowest: BigInt(row.lowest), highest: BigInt(row.highest) };
}

/** Whether an id of the range can be taken. */
export function mayBeTaken(range: IdRange | undefined, taken: IdRange | undefined): boolean {
  if (range === undefined) return false;
  if (range.highest >= submittedIdsFrom) return true;
  return taken !== undefined && range.lowest <= taken.highest && taken.lowest <= range.highest;
}

/** Whether the program has an application, as far as can be seen now, whose id is one of these. */
export async function hasApplicationWithin(
  db: Database,
  { programId, range }: { programId: number; range: IdRange | undefined },
): Promise<boolean> {
  if (range === undefined) return false;
  const found = await runSql(
    db,
    // The order makes it a search in the index: where PostgreSQL expects many it would read the table
    // until it meets one, and there may be none.
    `select from applications where program_id = $1 and application_id between $2 and $3
     order by application_id limit 1`,
    [programId, range.lowest, range.highest],
    { planning: "plan" },
  );
  return found.length > 0;
}
