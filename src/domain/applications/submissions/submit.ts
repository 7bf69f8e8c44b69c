/** Stores an application that a caller submitted (spec 5): checked, complete, and safe to try again. */
import type { Database } from "../../../db/client.ts";
import { runSqlForBytes } from "../../../db/run-sql.ts";
import { factsSql } from "../../../db/schema/applications.ts";
import type { JsonObject } from "../../../lib/json/object.ts";
import { writeJsonText } from "../../../lib/json/text.ts";
import type { GrantedProgram } from "../../access/grants.ts";
import { loadAskedQuestions } from "../../programs/questions/asked.ts";
import { loadProgramQuestions } from "../../programs/questions/of-version.ts";
import { prepareWriting } from "../list.ts";
import {
  type ApplicationRow,
  applicationColumns,
  readApplicationId,
  readShapeId,
} from "../stored/rows.ts";
import { ServedApplications } from "../stored/served.ts";
import { storeShapes } from "../stored/shapes.ts";
import { findSubmitted, type IdempotencyKey } from "./idempotency-keys.ts";
import { insertSubmission } from "./insert.ts";
import { readSubmission, type Submission } from "./reading.ts";

/** What to submit. */
export interface SubmissionInput {
  readonly program: GrantedProgram<"WRITE">;
  readonly activeVersionId: number;
  /** The key that submits it. */
  readonly apiKeyId: number;
  readonly body: JsonObject;
  /** The `Idempotency-Key` that came with it. */
  readonly idempotencyKey: string | undefined;
  readonly zone: string;
  readonly now: Date;
  /** Nobody waits any more when it is aborted: then nothing more is tried. */
  readonly signal: AbortSignal;
}

/** What was submitted. */
export interface SubmittedApplication {
  readonly applicationId: string;
  /** As the API serves it. */
  readonly text: string;
}

/**
 * Checks the answers against the active version, stores the application, and makes the applicant's
 * other ones OBSOLETE, all or nothing. Under an idempotency key that is known it gives the application
 * that was stored then, as it was submitted, and changes nothing. Throws `unprocessable` with
 * everything that is wrong.
 */
export async function submitApplication(
  db: Database,
  input: SubmissionInput,
): Promise<SubmittedApplication> {
  const idempotencyKey = readKey(input);
  // First: a retry is one, whatever the program asks by now.
  const earlier = await findEarlier(db, idempotencyKey);
  if (earlier !== undefined) return present(db, input, earlier);
  const asked = await loadAskedQuestions(db, input.activeVersionId);
  const submission = readSubmission(input.body, asked);
  const shapeId = await storeShape(db, input, submission);
  // Before the application is kept: nothing that could fail comes after that.
  const describe = await preparePresenting(db, input, shapeId);
  for (;;) {
    input.signal.throwIfAborted();
    const stored = await insertSubmission(db, { ...input, submission, shapeId, idempotencyKey });
    if (stored !== undefined) return describe(stored);
    // Another one was first: of this applicant, and then that one becomes obsolete; or this one's twin.
    const meanwhile = await findEarlier(db, idempotencyKey);
    if (meanwhile !== undefined) return present(db, input, meanwhile);
  }
}

function readKey(input: SubmissionInput): IdempotencyKey | undefined {
  if (input.idempotencyKey === undefined) return undefined;
  const digest = new Bun.CryptoHasher("sha256").update(writeJsonText(input.body)).digest("hex");
  return {
    text: input.idempotencyKey,
    apiKeyId: input.apiKeyId,
    programId: input.program.programId,
    bodyDigest: digest,
  };
}

/** What a try before this one has stored, as it was then: what became of it since is another answer's to say. */
async function findEarlier(
  db: Database,
  key: IdempotencyKey | undefined,
): Promise<ApplicationRow | undefined> {
  const applicationId = key && (await findSubmitted(db, key));
  if (key === undefined || applicationId === undefined) return undefined;
  const [row] = await runSqlForBytes<ApplicationRow>(
    db,
    `select ${applicationColumns} from (select *, ${factsSql} as facts from (
       select application_id, applicant_id, program_version_id, shape_id, create_time, submit_time, language,
         submitter_type, ti_email, ti_organization, extra_fields, answers, ${stateAtFirst}
       from applications where program_id = $1 and application_id = $2) as at_first) as submitted`,
    [key.programId, applicationId],
    { planning: "prepare" },
  );
  return row;
}

const stateAtFirst = `'CURRENT' as revision_state, null::text as status, null::text as application_note,
  null::timestamptz as status_last_modified_time`;

/** All applications that are submitted to one version have one shape. */
async function storeShape(
  db: Database,
  { program, activeVersionId }: SubmissionInput,
  { questionKeys }: Submission,
): Promise<number> {
  const programVersionId = String(activeVersionId);
  const shape = { programVersionId, completedBy: "version", questionKeys } as const;
  const ids = await storeShapes(db, { programId: program.programId, shapes: [shape] });
  return ids[0] ?? 0;
}

async function preparePresenting(
  db: Database,
  { program, zone }: SubmissionInput,
  shapeId: number,
): Promise<(row: ApplicationRow) => SubmittedApplication> {
  const questions = await loadProgramQuestions(db, program.programId);
  const write = await prepareWriting(db, { shapeIds: new Set([shapeId]), questions, zone });
  return (row) => ({
    applicationId: readApplicationId(row),
    text: new ServedApplications([row], write).toStrings().join(),
  });
}

async function present(
  db: Database,
  input: SubmissionInput,
  row: ApplicationRow,
): Promise<SubmittedApplication> {
  return (await preparePresenting(db, input, readShapeId(row)))(row);
}
