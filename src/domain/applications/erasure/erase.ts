/**
 * Erases applications for good: answers, notes, histories and stored retries go, and the ids stay, so that nothing brings
 * them back (docs/erasure.md).
 */
import type { Database } from "../../../db/client.ts";
import { runSql, type SqlParameter } from "../../../db/run-sql.ts";
import { DomainError, refuseInvalidFields } from "../../../lib/errors.ts";
import { recordAuditEvent } from "../../access/audit/record.ts";
import { programNotFound } from "../../access/grants.ts";
import { findNoteProblems } from "../../access/keys/fields.ts";
import { covers, type Permitted } from "../../access/people/roles.ts";
import type { Program } from "../../programs/find.ts";
import { lockMerge } from "../imports/merge.ts";

/** Which applications of a program. Ids are texts: a number would lose digits. */
export type ErasureChoice =
  | { readonly applicationIds: readonly string[] }
  | { readonly applicantId: string }
  | { readonly submittedBefore: Date }
  /** Tombstones of another database: of these ids it also remembers those that are not here. */
  | { readonly erasedElsewhere: readonly string[] };

/** What to erase, and for whom. */
interface ErasureInput {
  readonly program: Pick<Program, "id" | "slug">;
  readonly choice: ErasureChoice;
  readonly reason: string;
  /** Who erased them elsewhere; the actor by default. */
  readonly erasedBy?: string;
  readonly actor: Permitted<"erase applications">;
  readonly now: Date;
  /** Erases at most so many. */
  readonly limit?: number;
}

/** How many applications were deleted, and how many ids are remembered that were not before. */
interface Erasure {
  readonly erased: number;
  readonly remembered: number;
}

/** How many ids one statement erases, and the API lists at once. */
export const erasureBatchMax = 10_000;
const auditedIdsMax = 100;

/**
 * Erases what is chosen, in one transaction, with an audit event that has the reason and the count, and up to 100 ids:
 * the tombstones have all. Imports and syncs of the program wait until it is done; readers never do. Throws `not_found`
 * for ids that the program never had, and `invalid` for a bad reason.
 */
export function eraseApplications(db: Database, input: ErasureInput): Promise<Erasure> {
  return db.transaction((tx) => eraseWithin(tx, input));
}

/** `eraseApplications` in a transaction of the caller's. */
export async function eraseWithin(tx: Database, input: ErasureInput): Promise<Erasure> {
  const { program, choice, actor, limit = Infinity } = input;
  if (!covers(actor, program.id)) throw programNotFound(program.slug);
  const reason = input.reason.trim();
  refuseInvalidFields({ reason: findNoteProblems(reason, "Reason") });
  // An import that is under way could store them again.
  await lockMerge(tx, program.id);
  if ("applicationIds" in choice) await requireKnown(tx, program, choice.applicationIds);
  const total = { erased: 0, remembered: 0 };
  const ids: string[] = [];
  for (let last: string | null = null; total.remembered < limit; ) {
    const size = Math.min(erasureBatchMax, limit - total.remembered);
    const batch: string[] = await remember(tx, { ...input, reason, last, size });
    if (batch.length === 0) break;
    total.remembered += batch.length;
    if (ids.length <= auditedIdsMax) ids.push(...batch);
    total.erased += await deleteErased(tx, program.id, batch);
    last = batch.at(-1) ?? null;
  }
  if (total.remembered > 0) {
    const { erased: count, remembered } = total;
    const all = remembered <= auditedIdsMax ? { applicationIds: ids } : {};
    const details = { count, ...(count === remembered ? {} : { remembered }), ...(reason && { reason }), ...all };
    await recordAuditEvent(tx, input, "applications.erased", details, { programId: program.id });
  }
  return total;
}

/** How many applications would be erased. Throws `not_found` as `eraseApplications` does. */
export async function countErasable(
  db: Database,
  { program, choice }: Pick<ErasureInput, "program" | "choice">,
): Promise<number> {
  if ("applicationIds" in choice) await requireKnown(db, program, choice.applicationIds);
  const [condition, value] = conditionOf(choice);
  const [row] = await runSql<{ count: string }>(
    db,
    `select count(*) from applications where program_id = $1 and ${condition}`,
    [program.id, value],
  );
  return Number(row?.count ?? 0);
}

async function requireKnown(db: Database, program: ErasureInput["program"], ids: readonly string[]): Promise<void> {
  const unknown = await runSql<{ id: string }>(
    db,
    `select id from unnest($2::bigint[]) as given (id)
     where not exists (select from applications where program_id = $1 and application_id = id)
       and not exists (select from erased_applications where program_id = $1 and application_id = id) limit 20`,
    [program.id, ids],
  );
  if (unknown.length === 0) return;
  const list = unknown.map(({ id }) => id).join(", ");
  throw new DomainError("not_found", `${program.slug} has no such application: ${list}`);
}

function conditionOf(choice: ErasureChoice): [condition: string, value: SqlParameter] {
  if ("applicantId" in choice) return ["applicant_id = $2::bigint", choice.applicantId];
  if ("submittedBefore" in choice) return ["submit_time < $2::timestamptz", choice.submittedBefore.toISOString()];
  const ids = "erasedElsewhere" in choice ? choice.erasedElsewhere : choice.applicationIds;
  return ["application_id = any ($2::bigint[])", ids];
}

/** Writes the tombstones of the next ones after `last`, and gives their ids in order. */
async function remember(tx: Database, input: ErasureInput & { last: string | null; size: number }): Promise<string[]> {
  const { program, choice, actor, reason, last, size } = input;
  const [condition, value] = conditionOf(choice);
  const chosen =
    "erasedElsewhere" in choice
      ? `(select distinct id as application_id from unnest($2::bigint[]) as given (id)
         where not exists (select from erased_applications where program_id = $1 and application_id = id)) as chosen where true`
      : `applications where program_id = $1 and ${condition}`;
  const rows = await runSql<{ id: string }>(
    tx,
    `with found as (
       select application_id from ${chosen} and ($3::bigint is null or application_id > $3)
       order by application_id limit $4
     ), erasure as (
       insert into erasures (program_id, erased_by, reason, application_count)
       select $1, $5, $6, count(*) from found having count(*) > 0 returning id)
     insert into erased_applications (program_id, application_id, erasure_id)
     select $1, application_id, erasure.id from found, erasure order by application_id
     returning application_id as id`,
    [program.id, value, last, size, input.erasedBy ?? actor.name, reason || null],
  );
  return rows.map(({ id }) => id);
}

/** Whatever is between two ids and has a tombstone. */
const erasedHere = `erased_applications erased
  where erased.program_id = $1 and erased.application_id between $2 and $3`;

/** Deletes what is left of the applications of a batch, and gives their number. */
async function deleteErased(tx: Database, programId: number, ids: readonly string[]): Promise<number> {
  const parameters = [programId, ids[0] ?? null, ids.at(-1) ?? null];
  const same = (table: string) =>
    `${table}.program_id = erased.program_id and ${table}.application_id = erased.application_id`;
  // A status that is being set is in the history by the time of the next statement.
  await runSql(
    tx,
    `select count(*) from (select from applications where program_id = $1 and application_id between $2 and $3
       and exists (select from ${erasedHere} and ${same("applications")}) order by application_id for update) as locked`,
    parameters,
  );
  await runSql(tx, `delete from status_changes using ${erasedHere} and ${same("status_changes")}`, parameters);
  await runSql(
    tx,
    `update idempotent_submissions set answer = '', body_digest = ''
     from ${erasedHere} and ${same("idempotent_submissions")}`,
    parameters,
  );
  const [row] = await runSql<{ count: string }>(
    tx,
    `with gone as (delete from applications using ${erasedHere} and ${same("applications")} returning 1)
     select count(*) from gone`,
    parameters,
  );
  return Number(row?.count ?? 0);
}
