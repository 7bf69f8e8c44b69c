/**
 * Imported applications that may meet others: rows are staged in a temporary table as they come, and
 * merged in one statement at the end, when it is known which of one id is the last.
 */
import type { Database } from "../../../db/client.ts";
import type { CopyTarget, RowCopies } from "../../../db/copy-rows.ts";
import { writeUnquotedLead } from "../../../db/copy-text.ts";
import { runSql } from "../../../db/run-sql.ts";
import {
  type CopyWriter,
  type ReadApplication,
  recordColumnNames,
  recordColumns,
} from "./columns.ts";
import { hasApplicationWithin, type IdRange } from "./ids.ts";

const staging: CopyTarget = {
  table: "staged_applications",
  columns: ["position", "shape_index", ...recordColumnNames],
};

/** Makes the table of this transaction. Nothing of it is compressed: it is written once and read once. */
export async function openStaging(tx: Database): Promise<void> {
  const definitions = Object.entries(recordColumns).map(([name, type]) => `${name} ${type}`);
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
  copies: RowCopies,
  { rows, writeRows }: { rows: readonly ReadApplication[]; writeRows: CopyWriter },
): Promise<void> {
  const leadOf = ({ position, shapeIndex }: ReadApplication) => [
    writeUnquotedLead(position),
    shapeIndex,
  ];
  await copies.add(staging, writeRows(rows, leadOf));
}

/**
 * Takes back what this transaction (outside of any savepoint) has inserted already under an id that is
 * staged, and stages it as what came first. Tells how many there were. Such a row is always superseded, so
 * nothing of it matters but its id and whether it was obsolete.
 */
export async function takeBackRepeated(tx: Database, programId: number): Promise<number> {
  const [taken] = await runSql<{ count: string }>(
    tx,
    `with taken as (
       delete from applications
       where program_id = $1 and xmin = pg_current_xact_id()::xid
         and application_id in (select application_id from staged_applications)
       returning application_id, revision_state),
     staged as (
       insert into staged_applications (position, application_id, revision_state)
       select 0, application_id, revision_state from taken)
     select count(*) from taken`,
    [programId],
    { planning: "plan" },
  );
  return Number(taken?.count ?? 0);
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

/** What is merged, and into what. */
interface Merge {
  readonly programId: number;
  /** The stored shapes, in the order of `shapeIndex`. */
  readonly shapeIds: readonly number[];
  /** Of no less than what is staged. */
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
  // Where nothing is stored, nothing has to be looked for row by row.
  const mayMeet = await hasApplicationWithin(tx, input);
  const [counts] = await runSql<{ inserted: string; updated: string }>(
    tx,
    `with merged as (
       insert into applications as kept (program_id, shape_id, ${recordColumnNames.join(",")})
       select $1, shape.id, ${recordColumnNames.map((name) => `staged.${name}`).join(",")}
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

const mergedColumns = [...recordColumnNames, setHere];
const onConflict = `on conflict (program_id, application_id) do update
  set shape_id = excluded.shape_id,
    ${mergedColumns
      .slice(1)
      .map((name) => `${name} = ${givenValue(name)}`)
      .join(", ")}
  where (${mergedColumns.map((name) => `kept.${name}`).join(",")})
    is distinct from (${mergedColumns.map(givenValue).join(",")})
    and ${isSameApplication}`;
