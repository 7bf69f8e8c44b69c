/**
 * The way of imported applications into the database: rows are staged in a temporary table as they
 * come, and merged in one statement at the end, when it is known which of one id is the last.
 */
import type { Database } from "../db/client.ts";
import { copyRows } from "../db/copy-rows.ts";
import { runSql } from "../db/run-sql.ts";
import type { ApplicationRecord } from "./application-records.ts";
import { ByteWriter } from "./byte-writer.ts";
import { type CopyValue, writeCopyRow } from "./copy-text.ts";

/** A record on its way: where it stood in the file, and the index of its shape. */
export interface StagedApplication {
  readonly record: ApplicationRecord;
  readonly position: number;
  readonly shapeIndex: number;
}

/** The columns that a record fills, as `applications` calls them. */
const columns = {
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
  answers: "text",
} as const;

const columnNames = Object.keys(columns);
const staging = {
  table: "staged_applications",
  columns: ["position", "shape_index", ...columnNames],
} as const;

function valuesOf({ record, position, shapeIndex }: StagedApplication): CopyValue[] {
  return [
    position,
    shapeIndex,
    record.applicationId,
    record.applicantId,
    record.programVersionId,
    record.createTime,
    record.submitTime,
    record.language,
    record.revisionState,
    record.status,
    record.statusLastModifiedTime,
    record.applicationNote,
    record.submitterType,
    record.tiEmail,
    record.tiOrganization,
    record.extraFields,
    record.answers,
  ];
}

/** Makes the table of this transaction. Nothing of it is compressed: it is written once and read once. */
export async function openStaging(tx: Database): Promise<void> {
  const definitions = Object.entries(columns).map(([name, type]) => `${name} ${type}`);
  for (const statement of [
    `create temporary table staged_applications
       (position bigint, shape_index int, ${definitions.join(", ")})
       with (toast_tuple_target = 8160) on commit drop`,
    "alter table staged_applications alter answers set storage external",
  ]) {
    await runSql(tx, statement, [], { planning: "plan" });
  }
}

/** Adds rows. */
export async function stageApplications(
  tx: Database,
  rows: readonly StagedApplication[],
): Promise<void> {
  if (rows.length === 0) return;
  const out = new ByteWriter(64 * 1024);
  for (const row of rows) writeCopyRow(out, valuesOf(row));
  await copyRows(tx, staging, out.finish());
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
     update staged_applications staged set revision_state = 'OBSOLETE' from repeated
     where staged.application_id = repeated.application_id
       and position = last_position and is_obsolete`,
    [],
    { planning: "plan" },
  );
  await runSql(
    tx,
    `with repeated as (${repeated})
     delete from staged_applications staged using repeated
     where staged.application_id = repeated.application_id and position < last_position`,
    [],
    { planning: "plan" },
  );
}

/** Any number will do, as long as nobody else pairs it with a program's id. */
const mergeLock = 0xc1_17_e3;

/**
 * Lets one transaction at a time merge into a program: two that touched the same rows and shapes in
 * another order would wait for each other.
 */
export async function lockMerge(tx: Database, programId: number): Promise<void> {
  await runSql(tx, "select pg_advisory_xact_lock($1::int, $2::int)", [mergeLock, programId], {
    planning: "plan",
  });
}

/** The first and the last of some ids. */
export interface IdRange {
  readonly lowest: bigint;
  readonly highest: bigint;
}

/** What is merged, and into what. */
interface Merge {
  readonly programId: number;
  /** The stored shapes, in the order of `shapeIndex`. */
  readonly shapeIds: readonly number[];
  /** Of all that is staged; undefined when that is nothing. */
  readonly range: IdRange | undefined;
}

/**
 * Inserts what is new and updates what differs; OBSOLETE is final, and a status that was set through our
 * API is only replaced, with its note and time, by one that says that it is later. What was submitted
 * here stays when a record of somebody else comes under its id (ADR 8).
 */
export async function mergeStaged(
  tx: Database,
  input: Merge,
): Promise<{ inserted: number; updated: number }> {
  const mayMeet = await mayMeetStored(tx, input);
  const [counts] = await runSql<{ inserted: string; updated: string }>(
    tx,
    `with merged as (
       insert into applications as kept (program_id, shape_id, ${columnNames.join(",")})
       select $1, shape.id, ${columnNames.map((name) => `staged.${name}`).join(",")}
       from staged_applications staged
       join unnest($2::bigint[]) with ordinality as shape (id, number)
         on shape.number = staged.shape_index + 1
       ${mayMeet ? onConflict : ""}
       -- A row that was only inserted was locked by nobody.
       returning xmax = 0 as is_new)
     select count(*) filter (where is_new) as inserted,
       count(*) filter (where not is_new) as updated from merged`,
    [input.programId, input.shapeIds.map(String)],
    { planning: "plan" },
  );
  return { inserted: Number(counts?.inserted ?? 0), updated: Number(counts?.updated ?? 0) };
}

/** Where nothing is stored, nothing has to be looked for row by row. */
async function mayMeetStored(tx: Database, { programId, range }: Merge): Promise<boolean> {
  if (range === undefined) return false;
  const found = await runSql(
    tx,
    "select from applications where program_id = $1 and application_id between $2 and $3 limit 1",
    [programId, range.lowest, range.highest],
    { planning: "plan" },
  );
  return found.length > 0;
}

const isSameApplication = `(kept.submitted_by_key_id is null
  or (kept.applicant_id, kept.submit_time) = (excluded.applicant_id, excluded.submit_time))`;

const setHere = "status_set_here";
const ownsStatus = `(kept.${setHere} and (excluded.status_last_modified_time is null
  or excluded.status_last_modified_time <= kept.status_last_modified_time))`;

/** What becomes of a column: by default the value that comes. */
const givenValues: Readonly<Record<string, string>> = {
  revision_state:
    "case when kept.revision_state = 'OBSOLETE' then 'OBSOLETE' else excluded.revision_state end",
  ...Object.fromEntries(
    ["status", "status_last_modified_time", "application_note"].map((name) => [
      name,
      `case when ${ownsStatus} then kept.${name} else excluded.${name} end`,
    ]),
  ),
  [setHere]: ownsStatus,
};

function givenValue(column: string): string {
  return givenValues[column] ?? `excluded.${column}`;
}

const mergedColumns = [...columnNames, setHere];
const onConflict = `on conflict (program_id, application_id) do update
  set shape_id = excluded.shape_id,
    ${mergedColumns
      .slice(1)
      .map((name) => `${name} = ${givenValue(name)}`)
      .join(", ")}
  where (${mergedColumns.map((name) => `kept.${name}`).join(",")})
    is distinct from (${mergedColumns.map(givenValue).join(",")})
    and ${isSameApplication}`;
