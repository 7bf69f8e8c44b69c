/** Every stored head of the instance: rendered anew when the zone changes, and held to `renderHead`. */
import type { Database } from "../../../db/client.ts";
import { driverOf, runSql } from "../../../db/run-sql.ts";
import { programs } from "../../../db/schema.ts";
import { lockMerge } from "../imports/merge.ts";
import { type ApplicationFacts, factColumns, renderHead } from "./head.ts";
import { holdHeadContext, storeHeads } from "./store-heads.ts";

/** Any number will do, as long as nobody else locks it. */
const renderLock = 0xc1_17_e4;
const batchRows = 500;

/**
 * Renders all heads in this zone, unless they are. One process does it while others wait; one that was stopped
 * is followed by another that goes through all of them again, and writes only what is left. Each batch is a
 * transaction of its own; once `signal` is aborted, no more are begun. Give it a pool of two connections,
 * without time-outs.
 */
export async function renderHeadsIn(
  db: Database,
  { zone, signal, onProgress }: { zone: string; signal: AbortSignal; onProgress: (rendered: number) => void },
): Promise<void> {
  await db.transaction(async (lock) => {
    await runSql(lock, "select pg_advisory_xact_lock($1)", [renderLock]);
    if (await areHeadsIn(db, zone)) return;
    await runSql(db, "update application_heads set zone = $1, is_complete = false", [zone]);
    let rendered = 0;
    for (const { id: programId } of await db.select({ id: programs.id }).from(programs).orderBy(programs.id)) {
      let after: string | null = null;
      do {
        signal.throwIfAborted();
        const facts: ApplicationFacts[] = await db.transaction((tx) => renderBatch(tx, programId, after));
        after = facts.length < batchRows ? null : (facts.at(-1)?.application_id ?? null);
        rendered += facts.length;
        onProgress(rendered);
      } while (after !== null);
    }
    await runSql(db, "update application_heads set is_complete = true where zone = $1", [zone]);
  });
}

/** Whether every head is in this zone. */
export async function areHeadsIn(db: Database, zone: string): Promise<boolean> {
  const found = await runSql(db, "select from application_heads where zone = $1 and is_complete", [zone]);
  return found.length > 0;
}

/** How many heads there are, and the applications whose head is not what `renderHead` makes of their columns. */
export async function checkHeads(
  db: Database,
): Promise<{ checked: number; wrong: { programId: number; applicationId: string }[] }> {
  const wrong: { programId: number; applicationId: string }[] = [];
  let checked = 0;
  const found = driverOf(db)
    .unsafe<(ApplicationFacts & { head: string; program_id: string; admin_name: string; zone: string })[]>(
      `select ${factColumns}, head, program_id, admin_name, zone
       from applications join programs on programs.id = program_id cross join application_heads
       order by program_id, applications.application_id`,
    )
    .cursor(batchRows);
  for await (const rows of found) {
    checked += rows.length;
    for (const row of rows) {
      if (row.head === renderHead(row, { adminName: row.admin_name, zone: row.zone })) continue;
      wrong.push({ programId: Number(row.program_id), applicationId: row.application_id });
    }
  }
  return { checked, wrong };
}

async function renderBatch(tx: Database, programId: number, after: string | null): Promise<ApplicationFacts[]> {
  // An import holds rows in an order of its own: the two would wait for each other.
  await lockMerge(tx, programId);
  const context = await holdHeadContext(tx, programId);
  const facts = await runSql<ApplicationFacts>(
    tx,
    `select ${factColumns} from applications
     where program_id = $1 and ($2::bigint is null or application_id > $2)
     order by applications.application_id limit ${batchRows} for update`,
    [programId, after],
  );
  await storeHeads(tx, { programId, facts, context });
  return facts;
}
