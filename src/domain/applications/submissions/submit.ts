/** Stores an application that a caller submitted: checked, complete, and safe to try again. */
import type { Database } from "../../../db/client.ts";
import { runSql } from "../../../db/run-sql.ts";
import { type JsonObject, writeJson } from "../../../lib/json/text.ts";
import type { GrantedProgram } from "../../access/grants.ts";
import { loadAskedQuestions } from "../../programs/questions/asked.ts";
import { completeAnswers, loadCompletions } from "../stored/completion.ts";
import { type FactsRow, factColumns, renderHead } from "../stored/head.ts";
import { storeShapes } from "../stored/shapes.ts";
import { holdHeadContext } from "../stored/store-heads.ts";
import { findSubmitted, type IdempotencyKey } from "./idempotency-keys.ts";
import { insertSubmission, type StoredSubmission } from "./insert.ts";
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
  if (earlier !== undefined) return presentEarlier(db, input, earlier);
  const asked = await loadAskedQuestions(db, input.activeVersionId);
  const submission = readSubmission(input.body, asked);
  const shapeId = await storeShape(db, input, submission);
  // Before the application is kept: nothing that could fail comes after that.
  const present = await preparePresenting(db, input, shapeId);
  for (;;) {
    input.signal.throwIfAborted();
    const stored = await insertSubmission(db, { ...input, submission, shapeId, idempotencyKey });
    if (stored !== undefined) return present(stored);
    // Another one was first: of this applicant, and then that one becomes obsolete; or this one's twin.
    const meanwhile = await findEarlier(db, idempotencyKey);
    if (meanwhile !== undefined) return presentEarlier(db, input, meanwhile);
  }
}

function readKey(input: SubmissionInput): IdempotencyKey | undefined {
  if (input.idempotencyKey === undefined) return undefined;
  const digest = new Bun.CryptoHasher("sha256").update(writeJson(input.body)).digest("hex");
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
): Promise<StoredSubmission | undefined> {
  const applicationId = key && (await findSubmitted(db, key));
  if (key === undefined || applicationId === undefined) return undefined;
  const [row] = await runSql<FactsRow & { shape_id: string; answers: string }>(
    db,
    `select ${factColumns}, shape_id, answers from applications
     where program_id = $1 and application_id = $2`,
    [key.programId, applicationId],
    { planning: "prepare" },
  );
  if (row === undefined) return undefined;
  const asItWas = {
    ...row,
    revision_state: "CURRENT",
    status: null,
    status_last_modified_time: null,
    application_note: null,
  } as const;
  const context = await holdHeadContext(db, key.programId);
  const head = renderHead(asItWas, context);
  return { applicationId, head, answers: row.answers, shapeId: Number(row.shape_id) };
}

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
  { program }: SubmissionInput,
  shapeId: number,
): Promise<(stored: StoredSubmission) => SubmittedApplication> {
  const completionOf = await loadCompletions(db, { ...program, shapeIds: new Set([shapeId]) });
  return ({ applicationId, head, answers }) => {
    const completed = completeAnswers(Buffer.from(answers), completionOf(shapeId));
    return { applicationId, text: head + Buffer.concat(completed).toString() };
  };
}

async function presentEarlier(
  db: Database,
  input: SubmissionInput,
  stored: StoredSubmission,
): Promise<SubmittedApplication> {
  return (await preparePresenting(db, input, stored.shapeId))(stored);
}
