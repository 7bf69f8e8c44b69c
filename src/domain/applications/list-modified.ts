/**
 * Lists a program's applications in the order in which they were added or changed, so that a client that
 * follows misses none, whatever is written meanwhile (docs/decisions/0007).
 */
import type { Database } from "../../db/client.ts";
import { runPrepared, runSqlForBytes, type SqlParameter } from "../../db/run-sql.ts";
import { writeStoredTime } from "../../lib/time/stored.ts";
import {
  type ApplicationFilter,
  boundOf,
  bytesUpTo,
  conditionsOf,
  cut,
  type FoundRow,
  type FoundRows,
  type PageRequest,
} from "./list.ts";

/** Rows in the order of modification. */
export interface ModifiedRows extends FoundRows {
  /**
   * Epoch microseconds. Nothing that is modified before it is missing from this walk once it ends here:
   * what a next walk should ask for.
   */
  readonly modifiedUntil: bigint;
}

/**
 * Lists applications that were added or changed at `modifiedSince` (epoch microseconds) or later, first those
 * that were modified first. One that is modified during a walk comes (again) at its end. Give it the
 * primary database: a standby does not know what is under way.
 */
export async function listModifiedApplications(
  db: Database,
  input: ApplicationFilter & PageRequest & { modifiedSince: bigint },
): Promise<ModifiedRows> {
  const modifiedUntil = await settleModifications(db, input.programId);
  const found = await selectModified(db, { ...input, modifiedUntil });
  return { ...cut(found, input), modifiedUntil };
}

/**
 * A time, in epoch microseconds: everything that got an earlier one can be seen by whoever asks from
 * now on, and nothing gets an earlier one any more. Erasures have their times from the same clock, under the same lock.
 */
export async function settleModifications(db: Database, programId: number): Promise<bigint> {
  const [row] = await runPrepared<{ at: string }>(
    db,
    "select (extract(epoch from settle_modifications($1)) * 1000000)::bigint as at",
    [programId],
  );
  if (row === undefined) throw new Error("no time from settle_modifications");
  return BigInt(row.at);
}

/**
 * The ids of a page are found in an index alone, at the same cost on every page: first what is left of
 * the modification in which the page before ended, then those after it, no more of each than fit.
 */
async function selectModified(
  db: Database,
  input: ApplicationFilter & PageRequest & { modifiedSince: bigint; modifiedUntil: bigint },
): Promise<FoundRow[]> {
  const parameters: SqlParameter[] = [];
  const add = (value: SqlParameter) => `$${parameters.push(value)}`;
  const program = add(input.programId);
  const limit = add(input.limit + 1);
  const conditions = conditionsOf(input).map(([condition, value]) => `and ${condition} ${add(value)}`);
  const idsIn = (modification: string, more = "") => `select application_id from applications
    where program_id = ${program} and modification_id = ${modification} ${more} ${conditions.join(" ")}
    order by application_id limit ${limit}`;
  const since = add(boundOf(input.modifiedSince));
  const until = add(writeStoredTime(input.modifiedUntil));
  const modification = input.last?.modification;
  const place = modification && {
    id: `${add(modification.id)}::bigint`,
    at: `${add(writeStoredTime(BigInt(modification.at)))}::timestamptz`,
    applicationId: add(input.last?.applicationId ?? null),
  };
  const rest = place && [
    `(select ${place.at} as at, ${place.id} as id, application_id
      from (${idsIn(place.id, `and application_id > ${place.applicationId}`)}) as rest)`,
  ];
  const later = `(select at, id, application_id from modifications
    cross join lateral (${idsIn("modifications.id")}) as found
    where modifications.program_id = ${program} and at >= ${since} and at < ${until}
      ${place ? `and (at, id) > (${place.at}, ${place.id})` : ""}
    order by at, id, application_id limit ${limit})`;
  const order = "page.at, page.id, page.application_id";
  return runSqlForBytes<FoundRow>(
    db,
    `with page as (
       select * from (${[...(rest ?? []), later].join(" union all ")}) as parts
       order by at, id, application_id limit ${limit})
     select concat_ws(',', application_id, so_far, modification_id,
         (extract(epoch from at) * 1000000)::bigint), ${input.columns}
     from (
       select application.*, page.at, ${bytesUpTo(order)} as so_far
       from page cross join lateral (
         select * from applications
         where program_id = ${program} and application_id = page.application_id limit 1) as application
       order by ${order}) as applications
     where so_far - octet_length(head) - octet_length(answers) < ${add(input.bytesMax)}`,
    parameters,
    { isPrepared: false },
  );
}
