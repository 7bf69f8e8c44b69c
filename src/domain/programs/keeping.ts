/** For how many days a program's applications are kept after their submission. The server erases them then. */
import { eq } from "drizzle-orm";
import type { Database } from "../../db/client.ts";
import { runSql } from "../../db/run-sql.ts";
import { programs } from "../../db/schema.ts";
import { DomainError, invalidField } from "../../lib/errors.ts";
import { recordAuditEvent } from "../access/audit/record.ts";
import type { Permitted } from "../access/people/roles.ts";
import { externalType } from "./civiform-export.ts";
import { getProgramBySlug, type Program } from "./find.ts";
import { lockProgram } from "./versions.ts";

const keepDaysMax = 36_500;
/** A page need not count millions. */
const countMax = 100_000;

/**
 * The start of the day in the zone on which the first applications were submitted that are still kept, by PostgreSQL's
 * clock, as SQL: whole days, so that one run a day is enough.
 */
export function keptSince({ days, zone }: { days: string; zone: string }): string {
  return `(date_trunc('day', now() at time zone ${zone}) - make_interval(days => ${days})) at time zone ${zone}`;
}

/** Reads a number of days. Throws `invalid`, for the field `keepDays`. */
export function readKeepDays(text: string): number {
  const days = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (days >= 1 && days <= keepDaysMax) return days;
  throw invalidField("keepDays", `Enter a whole number of days from 1 to ${keepDaysMax.toLocaleString("en-US")}.`);
}

/** How many applications of a program are older than that, up to 100,000: the next run erases them. */
export async function countExpired(
  db: Database,
  { programId, keepDays, zone }: { programId: number; keepDays: number; zone: string },
): Promise<{ count: number; hasMore: boolean }> {
  const [row] = await runSql<{ count: number }>(
    db,
    `select count(*)::int as count from (
       select from applications where program_id = $1 and submit_time < ${keptSince({ days: "$2::int", zone: "$3" })}
       limit $4) as expired`,
    [programId, keepDays, zone, countMax + 1],
  );
  const count = row?.count ?? 0;
  return { count: Math.min(count, countMax), hasMore: count > countMax };
}

/**
 * Sets for how many days applications are kept, or forever (null), with an audit event if that changes anything. Throws
 * `not_found`, and `invalid` for an external program, which has no applications.
 */
export async function setKeepDays(
  db: Database,
  input: { slug: string; keepDays: number | null; actor: Permitted<"erase applications">; now: Date },
): Promise<Program> {
  const { slug, keepDays } = input;
  return db.transaction(async (tx) => {
    const { id, programType } = await getProgramBySlug(tx, slug);
    if (programType === externalType) throw new DomainError("invalid", `${slug} is external: it has no applications.`);
    await lockProgram(tx, id);
    const before = await getProgramBySlug(tx, slug);
    if (before.keepDays === keepDays) return before;
    await tx.update(programs).set({ keepDays }).where(eq(programs.id, id));
    const details = { before: { keepDays: before.keepDays }, after: { keepDays } };
    await recordAuditEvent(tx, input, "program.keeping_set", details, { programId: id });
    return { ...before, keepDays };
  });
}
