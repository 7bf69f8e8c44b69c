/** Reads applications for people, from their columns. `answer-reading` makes sense of the answers. */
import type { Database } from "../../db/client.ts";
import { runPrepared } from "../../db/run-sql.ts";
import { isJsonObject, type JsonObject, parseStoredJson, writeJson } from "../../lib/json/text.ts";
import type { GrantedProgram } from "../access/grants.ts";
import { type ActingKey, actingKey } from "./acting-key.ts";
import { isApplicationId, noSuchApplication } from "./application-id.ts";
import { type ApplicationFilter, listApplications } from "./list.ts";
import { completeAnswers, loadCompletions } from "./stored/completion.ts";
import { type ApplicationFacts, factColumns, readExtraFields, readFacts } from "./stored/head.ts";

/** What a list shows of an application. Ids are texts: a number would lose digits. */
export interface ApplicationSummary {
  readonly applicationId: string;
  readonly applicantId: string;
  readonly submittedAt: Date;
  readonly revisionState: string;
  readonly status: string | null;
}

/** Everything about an application but its answers. */
export interface ApplicationDetails extends ApplicationSummary {
  readonly createdAt: Date;
  readonly versionId: string | null;
  readonly language: string | null;
  readonly statusChangedAt: Date | null;
  readonly note: string | null;
  readonly submitterType: string | null;
  readonly tiEmail: string | null;
  readonly tiOrganization: string | null;
  /** Fields that CiviKey does not know, as JSON. */
  readonly others: readonly { readonly name: string; readonly json: string }[];
}

/** Lists summaries, ids descending; `before` is the id that the page before ended with. */
export async function listApplicationSummaries(
  db: Database,
  input: ApplicationFilter & {
    program: GrantedProgram<"READ">;
    before: bigint | null;
    limit: number;
  },
): Promise<{ applications: ApplicationSummary[]; hasMore: boolean }> {
  const { program, before } = input;
  const { rows, hasMore } = await listApplications(db, {
    ...input,
    programId: program.programId,
    columns: factColumns,
    bytesMax: Number.MAX_SAFE_INTEGER,
    last: before === null ? null : { applicationId: String(before), modification: null },
  });
  return { applications: rows.map(([, ...columns]) => summarize(readFacts(columns)[0])), hasMore };
}

/** One application: what is known of it, its answers, and all of it as the API serves it. */
export interface OpenedApplication {
  readonly details: ApplicationDetails;
  /** The key that submitted it; null when it was imported. */
  readonly submittingKey: ActingKey | null;
  readonly answers: JsonObject;
  readonly json: string;
}

type OpenedRow = ApplicationFacts &
  Readonly<{ shape_id: string; head: string; answers: string; key: ActingKey | null }>;

/** Opens an application of the program. Throws `not_found`, for a text that is no id as well. */
export async function openApplication(
  db: Database,
  { program, applicationId }: { program: GrantedProgram<"READ">; applicationId: string },
): Promise<OpenedApplication> {
  if (!isApplicationId(applicationId)) throw noSuchApplication();
  const [row] = await runPrepared<OpenedRow>(
    db,
    `select ${factColumns}, shape_id, head, answers,
       ${actingKey} as key
     from applications left join api_keys on api_keys.id = submitted_by_key_id
     where program_id = $1 and application_id = $2`,
    [program.programId, applicationId],
  );
  if (row === undefined) throw noSuchApplication();
  const outlineId = Number(row.shape_id);
  const completionOf = await loadCompletions(db, { ...program, outlineIds: new Set([outlineId]) });
  const completed = completeAnswers(Buffer.from(row.answers), completionOf(outlineId));
  const text = Buffer.concat(completed).toString();
  const answers = parseStoredJson(text.slice(0, -1));
  if (!isJsonObject(answers)) throw new Error("answers that are no JSON object");
  return { details: describeApplication(row), submittingKey: row.key, answers, json: row.head + text };
}

/** What is known of an application, for people. */
export function describeApplication(facts: ApplicationFacts): ApplicationDetails {
  return {
    ...summarize(facts),
    createdAt: readTime(facts.create_time),
    versionId: facts.program_version_id,
    language: facts.language,
    statusChangedAt: facts.status_last_modified_time === null ? null : readTime(facts.status_last_modified_time),
    note: facts.application_note,
    submitterType: facts.submitter_type,
    tiEmail: facts.ti_email,
    tiOrganization: facts.ti_organization,
    others: Object.entries(readExtraFields(facts)).map(([name, value]) => ({
      name,
      json: writeJson(value),
    })),
  };
}

function summarize(facts: ApplicationFacts): ApplicationSummary {
  return {
    applicationId: facts.application_id,
    applicantId: facts.applicant_id,
    submittedAt: readTime(facts.submit_time),
    revisionState: facts.revision_state,
    status: facts.status,
  };
}

/** To the millisecond. */
function readTime(micros: string): Date {
  return new Date(Number(BigInt(micros) / 1000n));
}
