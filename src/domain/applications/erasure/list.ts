/** Lists what was erased: for clients that follow a program, and for another database, such as a restored one. */
import type { Database } from "../../../db/client.ts";
import { runPrepared, runSql } from "../../../db/run-sql.ts";
import { writeStoredTime } from "../../../lib/time/stored.ts";
import type { GrantedProgram } from "../../access/grants.ts";
import { settleModifications } from "../list-modified.ts";
import { erasureBatchMax } from "./erase.ts";

/** An erased application. */
interface ErasedApplication {
  /** As text: a number would lose digits. */
  readonly applicationId: string;
  /** Epoch microseconds. */
  readonly erasedAt: bigint;
}

/**
 * Lists what was erased at `since` (epoch microseconds) or later, the earliest first, about 10,000 at once, and the time
 * to ask for next, so that a client that follows misses none. Give it the primary database, as for `modifiedSince`.
 */
export async function listErased(
  db: Database,
  input: { program: GrantedProgram<"READ">; since: bigint | null },
): Promise<{ erased: ErasedApplication[]; until: bigint }> {
  const { programId } = input.program;
  const settled = await settleModifications(db, programId);
  const since = input.since === null ? null : writeStoredTime(input.since);
  const rows = await runPrepared<{ id: string | null; at: string }>(
    db,
    `with due as (
       select id, at, sum(application_count) over (order by at)
         - sum(application_count) over (partition by at) as before
       from erasures where program_id = $1 and at >= coalesce($2, '-infinity'::timestamptz) and at < $3)
     select application_id as id, (extract(epoch from at) * 1000000)::bigint as at
     from (select id as erasure_id, at from due where before < $4) as page
     join erased_applications using (erasure_id)
     union all
     (select null, (extract(epoch from at) * 1000000)::bigint from due where before >= $4 order by at limit 1)
     order by at, id`,
    [programId, since, writeStoredTime(settled), erasureBatchMax],
  );
  const next = rows.at(-1)?.id === null ? rows.pop() : undefined;
  const erased = rows.flatMap(({ id, at }) => (id === null ? [] : { applicationId: id, erasedAt: BigInt(at) }));
  return { erased, until: next === undefined ? settled : BigInt(next.at) };
}

/** A tombstone, as `applications erased --json` prints it and `applications erase --file` reads it. */
export interface Tombstone {
  readonly program: string;
  readonly applicationId: string;
  readonly erasedAt: Date;
  readonly erasedBy: string;
  readonly reason: string | null;
}

/** Every tombstone of a program, or of all, in the order of erasure. */
export async function listTombstones(
  db: Database,
  { programId, since }: { programId: number | undefined; since: Date | undefined },
): Promise<Tombstone[]> {
  const rows = await runSql<Omit<Tombstone, "erasedAt"> & { ms: string }>(
    db,
    `select slug as program, application_id::text as "applicationId",
       (extract(epoch from at) * 1000)::bigint as ms, erased_by as "erasedBy", reason
     from erasures join programs on programs.id = program_id
     join erased_applications on erasure_id = erasures.id
     where ($1::bigint is null or erasures.program_id = $1) and ($2::timestamptz is null or at >= $2)
     order by at, erasures.id, application_id`,
    [programId ?? null, since?.toISOString() ?? null],
  );
  return rows.map(({ ms, ...stone }) => ({ ...stone, erasedAt: new Date(Number(ms)) }));
}

/** Whether an application of a program was erased. */
export async function isErased(
  db: Database,
  { programId, applicationId }: { programId: number; applicationId: string },
): Promise<boolean> {
  const rows = await runSql(db, "select from erased_applications where program_id = $1 and application_id = $2", [
    programId,
    applicationId,
  ]);
  return rows.length > 0;
}

/** How many applications of each program were erased, by slug. */
export async function countErasures(db: Database): Promise<{ slug: string; count: number }[]> {
  const rows = await runSql<{ slug: string; count: string }>(
    db,
    `select slug, sum(application_count) as count from erasures join programs on programs.id = program_id group by slug`,
  );
  return rows.map(({ slug, count }) => ({ slug, count: Number(count) }));
}
