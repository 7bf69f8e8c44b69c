/** Keeps `applications.head` as `renderHead` makes it. */
import type { Database } from "../../../db/client.ts";
import { runPrepared, runSql } from "../../../db/run-sql.ts";
import { type ApplicationFacts, type HeadContext, renderHead } from "./head.ts";

/**
 * What heads of a program are rendered with, for a transaction that writes some: until it ends, nobody changes
 * the zone, so that no head is left behind in the one before.
 */
export async function holdHeadContext(tx: Database, programId: number): Promise<HeadContext> {
  const [row] = await runPrepared<{ admin_name: string; zone: string }>(
    tx,
    `select admin_name, zone from programs, application_heads heads
     where programs.id = $1 for share of heads`,
    [programId],
  );
  if (row === undefined) throw new Error(`there is no program ${programId}`);
  return { adminName: row.admin_name, zone: row.zone };
}

/** Stores the heads of applications that this transaction has changed, given as they are now. */
export async function storeHeads(
  tx: Database,
  { programId, facts, context }: { programId: number; facts: readonly ApplicationFacts[]; context: HeadContext },
): Promise<void> {
  await runSql(
    tx,
    `update applications set head = given.head
     from unnest($2::bigint[], $3::text[]) as given (id, head)
     where program_id = $1 and application_id = given.id and applications.head <> given.head`,
    [programId, facts.map(({ application_id }) => application_id), facts.map((each) => renderHead(each, context))],
  );
}
