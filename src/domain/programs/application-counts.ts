/** How many applications programs have. The cost does not grow with their number. */
import type { Database } from "../../db/client.ts";
import { runPrepared } from "../../db/run-sql.ts";
import type { Count } from "../../lib/keyset.ts";

/** How many applications a program has, and how new they are. */
export interface ApplicationCount extends Count {
  /** When the newest one was submitted; null without one. */
  readonly newestAt: Date | null;
}

/** Counts up to `countMax` applications of each program; two short index scans for each. */
export async function countApplications(
  db: Database,
  { programIds, countMax }: { programIds: readonly number[]; countMax: number },
): Promise<ReadonlyMap<number, ApplicationCount>> {
  const rows = await runPrepared<{ id: string; found: number; newest_ms: string | null }>(
    db,
    `select id,
       (select count(*)::int from
         (select 1 from applications where program_id = id limit $2) counted) as found,
       (select (extract(epoch from max(submit_time)) * 1000)::bigint from applications
         where program_id = id) as newest_ms
     from unnest($1::bigint[]) id`,
    [programIds.map(String), countMax + 1],
  );
  return new Map(
    rows.map(({ id, found, newest_ms }) => [
      Number(id),
      {
        count: Math.min(found, countMax),
        hasMore: found > countMax,
        newestAt: newest_ms === null ? null : new Date(Number(newest_ms)),
      },
    ]),
  );
}
