/** Reads applications for people, from their columns. `answer-reading` makes sense of the answers. */
import { and, eq, sql } from "drizzle-orm";
import type { Database } from "../../db/client.ts";
import { createListing } from "../../db/keyset.ts";
import { runPrepared } from "../../db/run-sql.ts";
import { applications } from "../../db/schema.ts";
import { isJsonObject, type JsonObject, parseStoredJson, writeJson } from "../../lib/json/text.ts";
import type { Listing } from "../../lib/keyset.ts";
import type { WholeProgram } from "../access/grants.ts";
import { type ActingKey, actingKey } from "./acting-key.ts";
import { isApplicationId, noSuchApplication } from "./application-id.ts";
import { type ApplicationFilter, conditionsOf } from "./list.ts";
import { completeApplication, loadCompletions } from "./stored/completion.ts";
import { type ApplicationFacts, factColumns, readExtraFields } from "./stored/head.ts";

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

/** The list of a program's applications, ids descending; a place is an id. */
export function applicationListing(
  db: Database,
  { program, ...filter }: ApplicationFilter & { program: WholeProgram<"READ"> },
): Listing<ApplicationSummary, string> {
  const { applicationId, applicantId, submitTime, revisionState, status } = applications;
  const filters = conditionsOf(filter).map(([condition, value]) => sql`${sql.raw(condition)} ${value}`);
  return createListing(db, {
    order: { keys: [applicationId], isDescending: true, valuesAt: (id) => [id] },
    conditions: and(eq(applications.programId, program.programId), ...filters),
    async select({ where, orderBy, limit }) {
      const submittedMs = sql<string>`trunc(extract(epoch from ${submitTime}) * 1000)::bigint`;
      const rows = await db
        .select({ applicationId, applicantId, submittedMs, revisionState, status })
        .from(applications)
        .where(where)
        .orderBy(...orderBy)
        .limit(limit);
      return rows.map(({ submittedMs, ...row }) => ({
        ...row,
        applicationId: String(row.applicationId),
        applicantId: String(row.applicantId),
        submittedAt: new Date(Number(submittedMs)),
      }));
    },
    ids: () => db.select({ id: applicationId }).from(applications),
    placeOf: (summary) => summary.applicationId,
  });
}

const statusesMax = 100;

/** The statuses that applications of the program have, in order; no more than a hundred. An index has them. */
export async function listStatuses(
  db: Database,
  { program }: { program: WholeProgram<"READ"> },
): Promise<readonly string[]> {
  const next = (from: string) => `select status from applications where program_id = $1 and status ${from}
    order by status limit 1`;
  const rows = await runPrepared<{ status: string }>(
    db,
    `with recursive found as (
       (${next("is not null")})
       union all
       select (${next("> found.status")}) from found where status is not null)
     select status from found where status is not null limit ${statusesMax}`,
    [program.programId],
  );
  return rows.map(({ status }) => status);
}

/** One application: what is known of it, its answers, and all of it as the API serves it. */
export interface OpenedApplication {
  readonly details: ApplicationDetails;
  /** The key that submitted it; null when it was imported. */
  readonly submittingKey: ActingKey | null;
  readonly answers: JsonObject;
  readonly json: string;
}

type OpenedRow = ApplicationFacts & Readonly<{ shape_id: string; stored: string; key: ActingKey | null }>;

/** Opens an application of the program. Throws `not_found`, for a text that is no id as well. */
export async function openApplication(
  db: Database,
  { program, applicationId }: { program: WholeProgram<"READ">; applicationId: string },
): Promise<OpenedApplication> {
  if (!isApplicationId(applicationId)) throw noSuchApplication();
  const [row] = await runPrepared<OpenedRow>(
    db,
    `select ${factColumns}, shape_id, head || answers as stored,
       ${actingKey} as key
     from applications left join api_keys on api_keys.id = submitted_by_key_id
     where program_id = $1 and application_id = $2`,
    [program.programId, applicationId],
  );
  if (row === undefined) throw noSuchApplication();
  const outlineId = Number(row.shape_id);
  const completionOf = await loadCompletions(db, { ...program, outlineIds: new Set([outlineId]) });
  const json = Buffer.concat(completeApplication(Buffer.from(row.stored), completionOf(outlineId))).toString();
  const application = parseStoredJson(json);
  const answers = isJsonObject(application) ? application.application : undefined;
  if (!isJsonObject(answers)) throw new Error("answers that are no JSON object");
  return { details: describeApplication(row), submittingKey: row.key, answers, json };
}

/** What is known of an application, for people. */
export function describeApplication(facts: ApplicationFacts): ApplicationDetails {
  return {
    applicationId: facts.application_id,
    applicantId: facts.applicant_id,
    submittedAt: readTime(facts.submit_time),
    revisionState: facts.revision_state,
    status: facts.status,
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

/** To the millisecond. */
function readTime(micros: string): Date {
  return new Date(Number(BigInt(micros) / 1000n));
}
