/**
 * Lists a program's applications in the order in which they were added or changed, so that somebody who
 * follows misses none, whatever is written meanwhile (docs/decisions/0007).
 */
import type { Database } from "../../db/client.ts";
import { runSql, runSqlForBytes, type SqlParameter } from "../../db/run-sql.ts";
import { writeStoredTime } from "../../lib/time/stored.ts";
import type { GrantedProgram } from "../access/grants.ts";
import { loadProgramQuestions } from "../programs/questions/of-version.ts";
import { type ApplicationFilter, boundOf, conditionsOf, serveApplications } from "./list.ts";
import type { PagePosition } from "./page-tokens.ts";
import {
  type ApplicationRow,
  applicationColumnCount,
  applicationColumns,
  readApplicationId,
  readText,
} from "./stored/rows.ts";
import type { ServedApplications } from "./stored/served.ts";

/** Which applications, and where the page before ended. */
export interface ModifiedFilter extends Omit<ApplicationFilter, "before"> {
  /** Added or changed at it or later: epoch microseconds. */
  readonly modifiedSince: bigint;
  readonly last: PagePosition | null;
}

/** One page. */
export interface ModifiedPage {
  /** As the API serves them, those that were modified first coming first. */
  readonly applications: ServedApplications;
  /** Where the next page goes on; null on an empty page. */
  readonly last: PagePosition | null;
  readonly hasMore: boolean;
  /**
   * Epoch microseconds. Nothing that is modified before it is missing from this walk once it ends here:
   * what a next walk should ask for.
   */
  readonly modifiedUntil: bigint;
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
  const rows = found.slice(0, input.limit);
  const last = rows.at(-1);
  return {
    applications: await serveApplications(db, { rows, questions, zone: input.zone }),
    last: last === undefined ? null : positionOf(last),
    hasMore: found.length > rows.length,
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
): Promise<ApplicationRow[]> {
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
  return runSqlForBytes<ApplicationRow>(
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
}

/** Where a row of `selectModified` stands. */
function positionOf(row: ApplicationRow): PagePosition {
  const [id = "", at = ""] = row.slice(applicationColumnCount).map(readText);
  return { applicationId: readApplicationId(row), modification: { id, at } };
}
