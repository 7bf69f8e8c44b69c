/** The way of a submission into the database: one statement, and guards that say when another was first (spec 5). */
import type { Database } from "../../../db/client.ts";
import { runSqlForBytes } from "../../../db/run-sql.ts";
import type { GrantedProgram } from "../../access/grants.ts";
import { type ApplicationRow, applicationColumns } from "../stored/rows.ts";
import { type IdempotencyKey, idempotencyKeptHours } from "./idempotency-keys.ts";
import type { Submission } from "./reading.ts";

/** An import may hold an application of the applicant for longer; then the caller tries again. */
const lockWaitMs = 4_000;
/** More than come with a submission, so that those that are kept are never many more than a day's. */
const keysForgottenAtOnce = 10;

/**
 * One statement, and so all or nothing without a transaction whose connection could be lost half-way.
 * What is inserted waits for the update: the unique index must not see the older one any more.
 */
const insertion = `
  with patience as materialized (select set_config('lock_timeout', '${lockWaitMs}', true)),
  older as (
    update applications set revision_state = 'OBSOLETE' from patience
    where program_id = $1 and applicant_id = $2 and revision_state = 'CURRENT' returning 1
  ),
  stored as (
    insert into applications (program_id, application_id, applicant_id, program_version_id, shape_id,
      create_time, submit_time, language, revision_state, submitter_type, ti_email,
      ti_organization, answers, submitted_by_key_id)
    select $1, nextval('submitted_application_ids'), $2, $3, $4, $5::timestamptz, $5::timestamptz,
      $6, 'CURRENT', $7, $8, $9, $10, $11
    from patience, (select count(*) from older) obsolete
    returning *
  ),
  remembered as (
    insert into idempotent_submissions
      (api_key_id, program_id, idempotency_key, body_digest, application_id, created_at)
    select $11, $1, $12, $13, application_id, $5::timestamptz from stored
    where $12::text is not null
  ),
  outdated as (
    select ctid from idempotent_submissions where created_at < $14::timestamptz
    order by created_at limit ${keysForgottenAtOnce} for update skip locked
  ),
  forgotten as (
    delete from idempotent_submissions where ctid = any (array(select ctid from outdated))
  )
  select ${applicationColumns} from stored`;

/** What keeps one CURRENT submission of an applicant, one of an idempotency key, and ids apart. */
const guards: readonly unknown[] = [
  "applications_one_current_submission",
  "idempotent_submissions_pkey",
  "applications_pkey",
];

/** Stores it, or tells that another one at the same time was first: then nothing has changed. */
export async function insertSubmission(
  db: Database,
  input: {
    program: GrantedProgram<"WRITE">;
    activeVersionId: number;
    apiKeyId: number;
    submission: Submission;
    shapeId: number;
    idempotencyKey: IdempotencyKey | undefined;
    now: Date;
  },
): Promise<ApplicationRow | undefined> {
  const { submission, program, now, idempotencyKey } = input;
  const { submitter } = submission;
  const forgottenBefore = new Date(now.getTime() - idempotencyKeptHours * 3_600_000);
  try {
    const [row] = await runSqlForBytes<ApplicationRow>(
      db,
      insertion,
      [
        ...[program.programId, submission.applicantId, input.activeVersionId, input.shapeId],
        ...[now.toISOString(), submission.language, submitter.type, submitter.tiEmail],
        ...[submitter.tiOrganization, submission.answers, input.apiKeyId],
        ...[idempotencyKey?.text ?? null, idempotencyKey?.bodyDigest ?? null],
        forgottenBefore.toISOString(),
      ],
      { planning: "prepare" },
    );
    return row;
  } catch (error) {
    const isGuarded =
      error instanceof Error &&
      "constraint_name" in error &&
      guards.includes(error.constraint_name);
    if (!isGuarded) throw error;
    return undefined;
  }
}
