/**
 * Applications on their way in: rows are staged in a temporary table as they come, and merged at the end, when it
 * is known which of one id is the last.
 */
import type { Database } from "../../../db/client.ts";
import { writeCopyRow, writeUnquotedLead } from "../../../db/copy-text.ts";
import { driverOf, runSql } from "../../../db/run-sql.ts";
import { writeStoredTime } from "../../../lib/time/stored.ts";
import { type ApplicationFacts, factColumns, type HeadContext, renderHead } from "../stored/head.ts";
import type { ApplicationRecord } from "./records.ts";

/** The columns of `applications` that a record fills, with their types. */
const recordColumns = {
  application_id: "bigint",
  applicant_id: "bigint",
  program_version_id: "bigint",
  create_time: "timestamptz",
  submit_time: "timestamptz",
  language: "text",
  revision_state: "text",
  status: "text",
  status_last_modified_time: "timestamptz",
  application_note: "text",
  submitter_type: "text",
  ti_email: "text",
  ti_organization: "text",
  extra_fields: "text",
  head: "text",
  answers: "text",
} as const;

/** Their names, in the order in which rows are written. */
export const recordColumnNames: readonly string[] = Object.keys(recordColumns);

/** The table of staged rows, and what is copied into it. */
export const staging = {
  table: "staged_applications",
  columns: ["position", "outline_index", ...recordColumnNames],
};

/** Makes the table of this transaction. Nothing of it is compressed: it is written once and read once. */
export async function openStaging(tx: Database): Promise<void> {
  const definitions = Object.entries(recordColumns).map(([name, type]) => `${name} ${type}`);
  for (const statement of [
    `create temporary table staged_applications
       (position bigint, outline_index int, ${definitions.join(", ")}, is_served boolean not null default false)
       with (toast_tuple_target = 8160) on commit drop`,
    `alter table staged_applications alter answers set storage external,
       alter head set storage external`,
  ]) {
    await runSql(tx, statement);
  }
}

/** A staged row as COPY reads it: a record, its place in the file and the index of its outline. */
export function writeStagedRow(
  { facts, answers }: ApplicationRecord,
  { position, outlineIndex, context }: { position: number; outlineIndex: number; context: HeadContext },
): string {
  return writeCopyRow([
    ...[writeUnquotedLead(position), outlineIndex],
    ...[facts.application_id, facts.applicant_id, facts.program_version_id],
    ...[writeTime(facts.create_time), writeTime(facts.submit_time), facts.language],
    ...[facts.revision_state, facts.status, writeTime(facts.status_last_modified_time)],
    ...[facts.application_note, facts.submitter_type, facts.ti_email, facts.ti_organization],
    ...[facts.extra_fields, renderHead(facts, context), answers],
  ]);
}

function writeTime(micros: string | null): string | null {
  return micros === null ? null : writeStoredTime(BigInt(micros));
}

/**
 * Leaves of one id only the last row. OBSOLETE is final within a file too: a row that comes after an
 * obsolete one of its id is obsolete.
 */
export async function dropSuperseded(tx: Database): Promise<void> {
  const repeated = `select application_id, max(position) as last_position,
    bool_or(revision_state = 'OBSOLETE') as is_obsolete
    from staged_applications group by application_id having count(*) > 1`;
  await runSql(
    tx,
    `with repeated as (${repeated})
     update staged_applications staged set revision_state = 'OBSOLETE', head = null from repeated
     where staged.application_id = repeated.application_id and revision_state <> 'OBSOLETE'
       and position = last_position and is_obsolete`,
  );
  await runSql(
    tx,
    `with repeated as (${repeated})
     delete from staged_applications staged using repeated
     where staged.application_id = repeated.application_id and position < last_position`,
  );
}

/** Leaves out what was erased from the program, and gives the number of those ids. Nothing may be erased meanwhile. */
export async function dropErased(tx: Database, programId: number): Promise<number> {
  const some = await runSql(tx, "select from erased_applications where program_id = $1 limit 1", [programId]);
  if (some.length === 0) return 0;
  const [row] = await runSql<{ count: number }>(
    tx,
    `with dropped as (
       delete from staged_applications staged using erased_applications erased
       where erased.program_id = $1 and erased.application_id = staged.application_id returning 1)
     select count(*)::int as count from dropped`,
    [programId],
  );
  return row?.count ?? 0;
}

const renderedAtOnce = 1000;

/** Renders the heads of staged rows that were changed after they came: theirs is null. */
export async function renderStagedHeads(tx: Database, context: HeadContext): Promise<void> {
  const [changed] = await runSql(tx, "select from staged_applications where head is null limit 1");
  if (changed === undefined) return;
  await runSql(tx, "create index on staged_applications (application_id)");
  const found = driverOf(tx)
    .unsafe<ApplicationFacts[]>(`select ${factColumns} from staged_applications where head is null`)
    .cursor(renderedAtOnce);
  for await (const facts of found) {
    await runSql(
      tx,
      `update staged_applications staged set head = given.head
       from unnest($1::bigint[], $2::text[]) as given (id, head) where application_id = given.id`,
      [facts.map(({ application_id }) => application_id), facts.map((each) => renderHead(each, context))],
    );
  }
}
