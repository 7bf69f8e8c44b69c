/**
 * Lists a program's applications in the order in which they were added or changed, so that somebody who
 * follows misses none, whatever is written meanwhile (docs/decisions/0007).
 */
import type { Database } from "../db/client.ts";
import { runSql, type SqlParameter } from "../db/run-sql.ts";
import {
  type ApplicationRow,
  applicationColumns,
  readApplicationRow,
  type SelectedApplication,
} from "./application-rows.ts";
import {
  type ApplicationFilter,
  boundOf,
  conditionsOf,
  renderApplications,
} from "./applications.ts";
import type { GrantedProgram } from "./grants.ts";
import type { PagePosition } from "./page-tokens.ts";
import { writeStoredTime } from "./stored-times.ts";
import { loadProgramQuestions } from "./version-questions.ts";

/** Which applications, and where the page before ended. */
export interface ModifiedFilter extends Omit<ApplicationFilter, "before"> {
  /** Added or changed at it or later: epoch microseconds. */
  readonly modifiedSince: bigint;
  readonly last: PagePosition | null;
}

/** One page. */
export interface ModifiedPage {
  /** Ready JSON texts, those that were modified first coming first. */
  readonly applications: readonly string[];
  /** Where the next page goes on; null on an empty page. */
  readonly last: PagePosition | null;
  readonly hasMore: boolean;
  /**
   * Epoch microseconds. Nothing that is modified before it is missing from this walk once it ends here:
   * what a next walk should ask for.
   */
  readonly modifiedUntil: bigint;
}

/** A row with its place in the order. */
interface ModifiedRow {
  readonly application: ApplicationRow;
  readonly position: PagePosition;
}

/**
 * Lists `limit` applications, rendered in `zone`. An application that is modified during a walk comes
 * (again) at its end. Give it the primary database: a standby does not know what is under way.
 */
export async function listModifiedApplications(
  db: Database,
  input: ModifiedFilter & { program: GrantedProgram<"READ">; limit: number; zone: string },
): Promise<ModifiedPage> {
  const { programId } = input.program;
  const questions = await loadProgramQuestions(db, programId);
  const modifiedUntil = await settleModifications(db, programId);
  const query = { ...input, programId, modifiedUntil, limit: input.limit + 1 };
  const found = await selectModified(db, query);
  const modified = found.slice(0, input.limit);
  const rows = modified.map(({ application }) => application);
  return {
    applications: await renderApplications(db, { rows, questions, zone: input.zone }),
    last: modified.at(-1)?.position ?? null,
    hasMore: found.length > modified.length,
    modifiedUntil,
  };
}

/**
 * A time, in epoch microseconds: everything that got an earlier one can be seen by whoever asks from
 * now on, and nothing gets an earlier one any more.
 */
async function settleModifications(db: Database, programId: number): Promise<bigint> {
  const [row] = await runSql<{ at: string }>(
    db,
    "select (extract(epoch from settle_modifications($1)) * 1000000)::bigint as at",
    [programId],
    { planning: "prepare" },
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
  input: ModifiedFilter & { programId: number; modifiedUntil: bigint; limit: number },
): Promise<ModifiedRow[]> {
  const parameters: SqlParameter[] = [];
  const add = (value: SqlParameter) => `$${parameters.push(value)}`;
  const program = add(input.programId);
  const limit = add(input.limit);
  const conditions = conditionsOf(input).flatMap(([condition, value]) =>
    value === undefined ? [] : [`and ${condition} ${add(value)}`],
  );
  const idsIn = (modification: string, more = "") => `select application_id from applications
    where program_id = ${program} and modification_id = ${modification} ${more} ${conditions.join(" ")}
    order by application_id limit ${limit}`;
  const since = add(boundOf(input.modifiedSince) ?? "-infinity");
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
  const rows = await runSql<SelectedApplication & { modification_id: string; modified_at: string }>(
    db,
    `with page as (
       select * from (${[...(rest ?? []), later].join(" union all ")}) as parts
       order by at, id, application_id limit ${limit})
     select application.*, (extract(epoch from page.at) * 1000000)::bigint as modified_at
     from page cross join lateral (
       select ${applicationColumns}, modification_id from applications
       where program_id = ${program} and application_id = page.application_id limit 1) as application
     order by page.at, page.id, page.application_id`,
    parameters,
    { planning: "plan" },
  );
  return rows.map((row) => {
    const application = readApplicationRow(row);
    const modification = { id: row.modification_id, at: row.modified_at };
    return { application, position: { applicationId: application.applicationId, modification } };
  });
}
