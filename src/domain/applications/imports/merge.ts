/**
 * Merges what is staged into a program. OBSOLETE is final; a status that was set through our API is only replaced,
 * with its note and time, by one that says that it is later; what was submitted here stays when a record of
 * another application comes under its id (docs/decisions/0008).
 */
import type { Database } from "../../../db/client.ts";
import { driverOf, runSql, type SqlParameter } from "../../../db/run-sql.ts";
import { takeTurns } from "../../../lib/limits/turns.ts";
import { allQuestions } from "../../access/questions.ts";
import { type Completion, loadCompletions, readGivenAnswers } from "../stored/completion.ts";
import type { HeadContext } from "../stored/head.ts";
import { writeAnswers } from "./records.ts";
import { recordColumnNames, renderStagedHeads } from "./staging.ts";

/** What is merged, and into what. */
interface Merge {
  readonly programId: number;
  /** The stored outlines, in the order of `outlineIndex`. */
  readonly outlineIds: readonly number[];
  readonly context: HeadContext;
}

/** Any number will do, as long as nobody else pairs it with a program's id. */
const mergeLock = 0xc1_17_e3;

/**
 * Lets one transaction at a time bring applications into a program, until it ends: two that wrote the
 * same rows and outlines in another order would wait for each other. So it comes before the first of them.
 */
export async function lockMerge(tx: Database, programId: number): Promise<void> {
  await runSql(tx, "select pg_advisory_xact_lock($1::int, $2::int)", [mergeLock, programId]);
}

/** Inserts what is new, updates what differs, and counts both. */
export async function mergeStaged(tx: Database, input: Merge): Promise<{ inserted: number; updated: number }> {
  const { programId, context } = input;
  const parameters = [programId, input.outlineIds.map(String)];
  const met = await lockMet(tx, programId);
  const meets = met.length > 0;
  if (meets) await keepWhatIsFinal(tx, programId);
  await renderStagedHeads(tx, context);
  const updated = meets ? await updateMet(tx, { programId, outlineIds: met, parameters }) : 0;
  const inserted = await countOf(tx, insertNew(meets), parameters);
  return { inserted, updated };
}

const met = "kept.program_id = $1 and kept.application_id = staged.application_id";

/** Locks what is stored under a staged id, in order, until the transaction ends; gives the ids of its outlines. */
async function lockMet(tx: Database, programId: number): Promise<string[]> {
  const rows = await runSql<{ shape_id: string }>(
    tx,
    `select distinct shape_id from (
       select shape_id from applications kept
       where program_id = $1 and application_id in (select application_id from staged_applications)
       order by application_id for update) as locked`,
    [programId],
  );
  return rows.map((row) => row.shape_id);
}

/** Updates what is stored under a staged id where it differs, in a column or in what the API serves of its answers. */
async function updateMet(
  tx: Database,
  { programId, outlineIds, parameters }: { programId: number; outlineIds: string[]; parameters: SqlParameter[] },
): Promise<number> {
  const ids = outlineIds.map(Number);
  const completionOf = await loadCompletions(tx, { programId, questions: allQuestions, outlineIds: new Set(ids) });
  const turn = takeTurns();
  const tails: string[] = [];
  for (const id of ids) {
    tails.push(tailOf(completionOf(id)));
    await turn();
  }
  const late = ids.filter((id) => completionOf(id).entityQuestions !== undefined);
  if (late.length > 0) await markServed(tx, { programId, outlineIds: late, completionOf });
  return countOf(tx, updateChanged, [...parameters, outlineIds, tails]);
}

/** What the API serves after the stored answers of an outline. */
function tailOf({ tail }: Completion): string {
  return tail.subarray(0, -1).toString();
}

const comparedAtOnce = 1000;

/** Marks staged answers that are those served of outlines that were stored before their version: its questions complete their entities. */
async function markServed(
  tx: Database,
  input: { programId: number; outlineIds: readonly number[]; completionOf: (outlineId: number) => Completion },
): Promise<void> {
  const { programId, outlineIds, completionOf } = input;
  const found = driverOf(tx)
    .unsafe<{ id: string; given: string; stored: string; shape_id: string }[]>(
      `select application_id::text as id, staged.answers as given, kept.answers as stored, shape_id
       from staged_applications staged join applications kept using (application_id)
       where program_id = $1 and shape_id = any($2::bigint[]) and staged.answers <> kept.answers`,
      [programId, outlineIds.map(String)],
    )
    .cursor(comparedAtOnce);
  for await (const rows of found) {
    const served = rows.filter(({ given, stored, shape_id }) => {
      const completion = completionOf(Number(shape_id));
      const answers = writeAnswers(readGivenAnswers(Buffer.from(stored), completion));
      return given === answers || given === joinTail(answers, tailOf(completion));
    });
    const ids = served.map(({ id }) => id);
    await runSql(tx, "update staged_applications set is_served = true where application_id = any($1::bigint[])", [ids]);
  }
}

function joinTail(answers: string, tail: string): string {
  return answers.slice(0, -1) + (answers === "{}" ? tail.replace(",", "") : tail);
}

const ownsStatus = `(kept.status_set_here and (staged.status_last_modified_time is null
  or staged.status_last_modified_time <= kept.status_last_modified_time))`;

/** Takes over into staged rows what they must not replace. */
async function keepWhatIsFinal(tx: Database, programId: number): Promise<void> {
  const statusColumns = ["status", "status_last_modified_time", "application_note"].map(
    (name) => `${name} = case when ${ownsStatus} then kept.${name} else staged.${name} end`,
  );
  await runSql(
    tx,
    `update staged_applications staged set ${statusColumns.join(", ")}, head = null,
       revision_state = case kept.revision_state when 'OBSOLETE' then 'OBSOLETE' else staged.revision_state end
     from applications kept
     where ${met} and (${ownsStatus} or kept.revision_state = 'OBSOLETE' and staged.revision_state <> 'OBSOLETE')`,
    [programId],
  );
}

const outline = `join unnest($2::bigint[]) with ordinality as outline (id, number)
  on outline.number = staged.outline_index + 1`;
/** A head says what the columns say, and answers are compared as they are served, too. */
const comparedColumns = recordColumnNames.filter((name) => name !== "head" && name !== "answers");
const servedAnswers = `left(kept.answers, -1)
  || case kept.answers when '{}' then ltrim(served.tail, ',') else served.tail end`;
const staysSetHere = `(kept.status_set_here
  and staged.status_last_modified_time = kept.status_last_modified_time)`;

const updateChanged = `
  update applications kept set shape_id = outline.id, status_set_here = ${staysSetHere},
    ${recordColumnNames.map((name) => `${name} = staged.${name}`).join(", ")}
  from staged_applications staged ${outline}, unnest($3::bigint[], $4::text[]) as served (outline_id, tail)
  where ${met} and served.outline_id = kept.shape_id
    and ((kept.status_set_here, ${comparedColumns.map((name) => `kept.${name}`).join(", ")})
      is distinct from (${staysSetHere}, ${comparedColumns.map((name) => `staged.${name}`).join(", ")})
      or not staged.is_served and staged.answers not in (kept.answers, ${servedAnswers}))
    and (kept.submitted_by_key_id is null
      or (kept.applicant_id, kept.submit_time) = (staged.applicant_id, staged.submit_time))
  returning 1`;

const insertNew = (meets: boolean) => `
  insert into applications (program_id, shape_id, ${recordColumnNames.join(", ")})
  select $1, outline.id, ${recordColumnNames.map((name) => `staged.${name}`).join(", ")}
  from staged_applications staged ${outline}
  ${meets ? `where not exists (select from applications kept where ${met})` : ""}
  returning 1`;

async function countOf(tx: Database, statement: string, parameters: readonly SqlParameter[]): Promise<number> {
  const count = `with changed as (${statement}) select count(*) from changed`;
  const [row] = await runSql<{ count: string }>(tx, count, parameters);
  return Number(row?.count ?? 0);
}
