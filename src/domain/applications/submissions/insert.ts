/** The way of a submission into the database: one transaction, and guards that say when another was first. */
import type { Database } from "../../../db/client.ts";
import { isUniqueViolation, runSql } from "../../../db/run-sql.ts";
import type { GrantedProgram } from "../../access/grants.ts";
import { type ApplicationFacts, type FactsRow, factColumns, renderHead } from "../stored/head.ts";
import { holdHeadContext, storeHeads } from "../stored/store-heads.ts";
import { type IdempotencyKey, idempotencyKeptHours } from "./idempotency-keys.ts";
import type { Submission } from "./reading.ts";

/** An import may hold an application of the applicant for longer; then the caller tries again. */
const lockWaitMs = 4_000;
/** More than come with a submission, so that those that are kept are never many more than a day's. */
const keysForgottenAtOnce = 10;

/** What is stored. */
export interface NewSubmission {
  readonly program: GrantedProgram<"WRITE">;
  readonly activeVersionId: number;
  readonly apiKeyId: number;
  readonly submission: Submission;
  readonly shapeId: number;
  readonly idempotencyKey: IdempotencyKey | undefined;
  readonly now: Date;
}

/** A submission as it was stored. */
export interface StoredSubmission {
  readonly applicationId: string;
  readonly head: string;
  readonly answers: string;
  readonly shapeId: number;
}

/**
 * Stores it, and makes the applicant's other ones OBSOLETE; undefined when another one at the same time was
 * first: then nothing has changed.
 */
export async function insertSubmission(
  db: Database,
  input: NewSubmission,
): Promise<StoredSubmission | undefined> {
  try {
    return await db.transaction((tx) => store(tx, input));
  } catch (error) {
    // One CURRENT submission of an applicant, one of an idempotency key, one of an id.
    if (isUniqueViolation(error)) return undefined;
    throw error;
  }
}

async function store(tx: Database, input: NewSubmission): Promise<StoredSubmission> {
  const { submission, shapeId } = input;
  const { programId } = input.program;
  const [drawn] = await runSql<{ id: string }>(
    tx,
    `select set_config('lock_timeout', '${lockWaitMs}', true), nextval('submitted_application_ids') as id`,
    [],
    { planning: "prepare" },
  );
  if (drawn === undefined) throw new Error("no id from submitted_application_ids");
  const context = await holdHeadContext(tx, programId);
  const older = await runSql<FactsRow>(
    tx,
    `update applications set revision_state = 'OBSOLETE'
     where program_id = $1 and applicant_id = $2 and revision_state = 'CURRENT'
     returning ${factColumns}`,
    [programId, submission.applicantId],
    { planning: "prepare" },
  );
  if (older.length > 0) await storeHeads(tx, { programId, facts: older, context });
  const head = renderHead(describeNew(drawn.id, input), context);
  await runSql(
    tx,
    `insert into applications (program_id, application_id, applicant_id, program_version_id, shape_id,
       create_time, submit_time, language, revision_state, submitter_type, ti_email,
       ti_organization, head, answers, submitted_by_key_id)
     values ($1, $2, $3, $4, $5, $6::timestamptz, $6::timestamptz, $7, 'CURRENT', $8, $9, $10, $11, $12, $13)`,
    [
      ...[programId, drawn.id, submission.applicantId, input.activeVersionId, shapeId],
      ...[input.now.toISOString(), submission.language, submission.submitter.type],
      ...[submission.submitter.tiEmail, submission.submitter.tiOrganization],
      ...[head, submission.answers, input.apiKeyId],
    ],
    { planning: "prepare" },
  );
  if (input.idempotencyKey) await remember(tx, input.idempotencyKey, drawn.id, input.now);
  return { applicationId: drawn.id, head, answers: submission.answers, shapeId };
}

/** A new application as its columns will have it. */
function describeNew(
  applicationId: string,
  { submission, activeVersionId, now }: NewSubmission,
): ApplicationFacts {
  const micros = String(BigInt(now.getTime()) * 1000n);
  return {
    application_id: applicationId,
    applicant_id: submission.applicantId,
    program_version_id: String(activeVersionId),
    create_time: micros,
    submit_time: micros,
    language: submission.language,
    revision_state: "CURRENT",
    status: null,
    status_last_modified_time: null,
    application_note: null,
    submitter_type: submission.submitter.type,
    ti_email: submission.submitter.tiEmail,
    ti_organization: submission.submitter.tiOrganization,
    extra_fields: null,
  };
}

async function remember(
  tx: Database,
  key: IdempotencyKey,
  applicationId: string,
  now: Date,
): Promise<void> {
  const forgottenBefore = new Date(now.getTime() - idempotencyKeptHours * 3_600_000);
  await runSql(
    tx,
    `with outdated as (
       select ctid from idempotent_submissions where created_at < $7::timestamptz
       order by created_at limit ${keysForgottenAtOnce} for update skip locked
     ),
     forgotten as (
       delete from idempotent_submissions where ctid = any (array(select ctid from outdated))
     )
     insert into idempotent_submissions
       (api_key_id, program_id, idempotency_key, body_digest, application_id, created_at)
     values ($1, $2, $3, $4, $5, $6::timestamptz)`,
    [
      ...[key.apiKeyId, key.programId, key.text, key.bodyDigest, applicationId],
      ...[now.toISOString(), forgottenBefore.toISOString()],
    ],
    { planning: "prepare" },
  );
}
