/** The way of a submission into the database: one transaction, and guards that say when another was first. */
import type { Database } from "../../../db/client.ts";
import { isUniqueViolation, runPrepared } from "../../../db/run-sql.ts";
import type { GrantedProgram } from "../../access/grants.ts";
import { countKeyWrite, requireRoom } from "../../access/usage/write-quota.ts";
import { type ApplicationFacts, factColumns, renderHead } from "../stored/head.ts";
import { holdHeadContext, storeHeads } from "../stored/store-heads.ts";
import { type IdempotencyKey, rememberSubmitted, type SubmittedApplication } from "./idempotency-keys.ts";
import type { Submission } from "./reading.ts";

/** An import may hold an application of the applicant for longer; then the caller tries again. */
const lockWaitMs = 4_000;

/** What is stored. */
export interface NewSubmission {
  readonly program: GrantedProgram<"WRITE">;
  readonly activeVersionId: number;
  readonly apiKeyId: number;
  readonly submission: Submission;
  readonly outlineId: number;
  readonly idempotencyKey: IdempotencyKey | undefined;
  readonly now: Date;
  /** See `KeyWrite`. */
  readonly bytesPerDay: number;
  /** Writes the answer: what is shown of the application, from its head and its answers. */
  readonly present: (stored: string) => string;
}

/**
 * Stores it, and makes the applicant's other ones OBSOLETE; undefined when another one at the same time was
 * first: then nothing has changed. Throws `too_many` when the key may not store as much today.
 */
export async function insertSubmission(db: Database, input: NewSubmission): Promise<SubmittedApplication | undefined> {
  try {
    return await db.transaction((tx) => store(tx, input));
  } catch (error) {
    // One CURRENT submission of an applicant, one of an idempotency key, one of an id.
    if (isUniqueViolation(error)) return undefined;
    throw error;
  }
}

async function store(tx: Database, input: NewSubmission): Promise<SubmittedApplication> {
  const { submission, outlineId } = input;
  const { programId } = input.program;
  const id = await drawId(tx, programId);
  const context = await holdHeadContext(tx, programId);
  const head = renderHead(describeNew(id, input), context);
  const submitted = { applicationId: id, text: input.present(head + submission.answers) };
  const write = { ...input, bytes: Buffer.byteLength(submitted.text) * (input.idempotencyKey ? 2 : 1) };
  await requireRoom(tx, write);
  const older = await runPrepared<ApplicationFacts>(
    tx,
    `update applications set revision_state = 'OBSOLETE'
     where program_id = $1 and applicant_id = $2 and revision_state = 'CURRENT'
     returning ${factColumns}`,
    [programId, submission.applicantId],
  );
  if (older.length > 0) await storeHeads(tx, { programId, facts: older, context });
  await runPrepared(
    tx,
    `insert into applications (program_id, application_id, applicant_id, program_version_id, shape_id,
       create_time, submit_time, language, revision_state, submitter_type, ti_email,
       ti_organization, head, answers, submitted_by_key_id)
     values ($1, $2, $3, $4, $5, $6::timestamptz, $6::timestamptz, $7, 'CURRENT', $8, $9, $10, $11, $12, $13)`,
    [
      ...[programId, id, submission.applicantId, input.activeVersionId, outlineId],
      ...[input.now.toISOString(), submission.language, submission.submitter.type],
      ...[submission.submitter.tiEmail, submission.submitter.tiOrganization],
      ...[head, submission.answers, input.apiKeyId],
    ],
  );
  if (input.idempotencyKey) await rememberSubmitted(tx, input.idempotencyKey, submitted);
  await countKeyWrite(tx, write);
  return submitted;
}

/** An id that no application of the program has had: a restored database gives again what it gave since its backup. */
async function drawId(tx: Database, programId: number): Promise<string> {
  for (;;) {
    const [drawn] = await runPrepared<{ id: string; is_erased: boolean }>(
      tx,
      `select id, set_config('lock_timeout', '${lockWaitMs}', true),
         exists (select from erased_applications where program_id = $1 and application_id = id) as is_erased
       from (select nextval('submitted_application_ids') as id) as drawn`,
      [programId],
    );
    if (drawn === undefined) throw new Error("no id from submitted_application_ids");
    if (!drawn.is_erased) return drawn.id;
  }
}

/** A new application as its columns will have it. */
function describeNew(applicationId: string, { submission, activeVersionId, now }: NewSubmission): ApplicationFacts {
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
