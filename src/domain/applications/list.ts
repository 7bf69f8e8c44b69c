/** Lists a program's submitted applications, page by page, at the same cost on every page (spec 4). */
import type { Database } from "../../db/client.ts";
import { runSqlForBytes, type SqlParameter } from "../../db/run-sql.ts";
import { DomainError } from "../../lib/errors.ts";
import type { ByteWriter } from "../../lib/json/byte-writer.ts";
import { isStorableTime, writeStoredTime } from "../../lib/time/stored.ts";
import type { GrantedProgram } from "../access/grants.ts";
import { loadProgramQuestions, type ProgramQuestions } from "../programs/questions/of-version.ts";
import { loadCompletions } from "./stored/completion.ts";
import { writeApplicationsOf } from "./stored/rendering.ts";
import {
  type ApplicationRow,
  applicationColumns,
  readApplicationId,
  readShapeId,
} from "./stored/rows.ts";
import { ServedApplications } from "./stored/served.ts";

/** Which applications of the program, all of its versions together. */
export interface ApplicationFilter {
  /** Submitted at it or later: epoch microseconds. */
  readonly fromTime: bigint | null;
  /** Submitted before it. */
  readonly toTime: bigint | null;
  readonly revisionState: "CURRENT" | "OBSOLETE" | null;
  /** Only smaller ids. */
  readonly before: bigint | null;
}

/** One page. */
export interface ApplicationPage {
  /** As the API serves them, ids descending. */
  readonly applications: ServedApplications;
  /** Where the next page goes on; null on an empty page. */
  readonly lastApplicationId: bigint | null;
  readonly hasMore: boolean;
}

/** Lists `limit` applications, ids descending, rendered in `zone`. */
export async function listApplications(
  db: Database,
  input: ApplicationFilter & { program: GrantedProgram<"READ">; limit: number; zone: string },
): Promise<ApplicationPage> {
  const { programId } = input.program;
  const [questions, found] = await Promise.all([
    loadProgramQuestions(db, programId),
    selectApplications(db, { ...input, programId, limit: input.limit + 1 }),
  ]);
  const rows = found.slice(0, input.limit);
  const applications = await serveApplications(db, { rows, questions, zone: input.zone });
  const last = rows.at(-1);
  return {
    applications,
    lastApplicationId: last === undefined ? null : BigInt(readApplicationId(last)),
    hasMore: found.length > rows.length,
  };
}

/** One application of the program as the API serves it. Throws `not_found`, for a text that is no id as well. */
export async function getApplication(
  db: Database,
  input: { program: GrantedProgram<"READ">; applicationId: string; zone: string },
): Promise<string> {
  const { applicationId, zone } = input;
  const { programId } = input.program;
  const rows = isApplicationId(applicationId)
    ? await runSqlForBytes<ApplicationRow>(
        db,
        `select ${applicationColumns} from applications where program_id = $1 and application_id = $2`,
        [programId, applicationId],
        { planning: "prepare" },
      )
    : [];
  const questions = await loadProgramQuestions(db, programId);
  const [application] = (await serveApplications(db, { rows, questions, zone })).toStrings();
  if (application === undefined) throw noSuchApplication();
  return application;
}

/** Whether a text is an integer that can be an application's id: one of 64 bits. */
export function isApplicationId(text: string): boolean {
  return /^-?\d{1,19}$/.test(text) && BigInt.asIntN(64, BigInt(text)) === BigInt(text);
}

/** What is said when a program does not have the application that was asked for. */
export function noSuchApplication(): DomainError {
  return new DomainError("not_found", "There is no such application in this program.");
}

async function selectApplications(
  db: Database,
  input: ApplicationFilter & { programId: number; limit: number },
): Promise<ApplicationRow[]> {
  const parameters: SqlParameter[] = [input.programId];
  const conditions = ["program_id = $1"];
  const add = (condition: string, value: SqlParameter | undefined) => {
    if (value === undefined) return;
    parameters.push(value);
    conditions.push(`${condition} $${parameters.length}`);
  };
  add("application_id <", input.before?.toString());
  for (const [condition, value] of conditionsOf(input)) add(condition, value);
  const isFiltered = parameters.length > (input.before === null ? 1 : 2);
  parameters.push(input.limit);
  const page = (columns: string) => `select ${columns} from applications
    where ${conditions.join(" and ")} order by application_id desc limit $${parameters.length}`;
  return runSqlForBytes<ApplicationRow>(
    db,
    // The ids of a filtered page can be found in an index alone, without the rows in between.
    isFiltered
      ? `select ${applicationColumns} from applications where program_id = $1
         and application_id = any (array(${page("application_id")})) order by application_id desc`
      : page(applicationColumns),
    parameters,
    // How many rows a time leaves decides the plan, so it is made for the values.
    { planning: input.fromTime === null && input.toTime === null ? "prepare" : "plan" },
  );
}

/** What a filter asks of a row: the start of each condition, and the value that ends it. */
export function conditionsOf(
  filter: Pick<ApplicationFilter, "fromTime" | "toTime" | "revisionState">,
): (readonly [condition: string, value: string | undefined])[] {
  return [
    ["submit_time >=", boundOf(filter.fromTime)],
    ["submit_time <", boundOf(filter.toTime)],
    ["revision_state =", filter.revisionState ?? undefined],
  ];
}

/** A time as PostgreSQL reads it; before or after all that it stores lies infinity. */
export function boundOf(epochMicroseconds: bigint | null): string | undefined {
  if (epochMicroseconds === null) return undefined;
  if (isStorableTime(epochMicroseconds)) return writeStoredTime(epochMicroseconds);
  return epochMicroseconds < 0n ? "-infinity" : "infinity";
}

/** Stored applications as the API serves them, in their order. */
export async function serveApplications(
  db: Database,
  input: { rows: readonly ApplicationRow[]; questions: ProgramQuestions; zone: string },
): Promise<ServedApplications> {
  const { rows, questions, zone } = input;
  const shapeIds = new Set(rows.map(readShapeId));
  const write = await prepareWriting(db, { shapeIds, questions, zone });
  return new ServedApplications(rows, write);
}

/** Reads all that is needed to write applications of these shapes as the API serves them. */
export async function prepareWriting(
  db: Database,
  input: { shapeIds: ReadonlySet<number>; questions: ProgramQuestions; zone: string },
): Promise<(out: ByteWriter, row: ApplicationRow) => void> {
  const { questions, zone } = input;
  const completions = await loadCompletions(db, input);
  const write = writeApplicationsOf({ adminName: questions.adminName, zone });
  return (out, row) => write(out, row, completions.get(readShapeId(row)));
}
