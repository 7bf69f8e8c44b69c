/** Stores an application that a caller submitted: checked, complete, and safe to try again. */
import type { Database } from "../../../db/client.ts";
import { type JsonObject, writeJson } from "../../../lib/json/text.ts";
import type { GrantedProgram } from "../../access/grants.ts";
import { loadAskedQuestions } from "../../programs/questions/asked.ts";
import { completeApplication, loadCompletions } from "../stored/completion.ts";
import { storeOutlines } from "../stored/outlines.ts";
import { findSubmitted, type IdempotencyKey, type SubmittedApplication } from "./idempotency-keys.ts";
import { insertSubmission, type NewSubmission } from "./insert.ts";
import { readSubmission, type Submission } from "./reading.ts";

/** What to submit. */
interface SubmissionInput {
  readonly program: GrantedProgram<"WRITE">;
  readonly activeVersionId: number;
  /** The key that submits it. */
  readonly apiKeyId: number;
  readonly body: JsonObject;
  /** The `Idempotency-Key` that came with it. */
  readonly idempotencyKey: string | undefined;
  readonly now: Date;
  /** How many bytes the key may have stored in a day; 0 is no limit. */
  readonly bytesPerDay: number;
  /** Nobody waits any more when it is aborted: then nothing more is tried. */
  readonly signal: AbortSignal;
}

/**
 * Checks the answers against the active version, stores the application, and makes the applicant's
 * other ones OBSOLETE, all or nothing. Under an idempotency key that is known it gives what was answered
 * then, and changes nothing. Throws `unprocessable` with everything that is wrong, and `too_many` when the
 * key may not store as much today.
 */
export async function submitApplication(db: Database, input: SubmissionInput): Promise<SubmittedApplication> {
  const idempotencyKey = readKey(input);
  // First: a retry is one, whatever the program asks by now.
  const earlier = await findEarlier(db, idempotencyKey);
  if (earlier !== undefined) return earlier;
  const asked = await loadAskedQuestions(db, input.activeVersionId);
  const submission = readSubmission(input.body, asked);
  const outlineId = await storeOutline(db, input, submission);
  // Before the application is kept: nothing that could fail comes after that.
  const present = await preparePresenting(db, input, outlineId);
  for (;;) {
    input.signal.throwIfAborted();
    const stored = await insertSubmission(db, {
      ...input,
      ...{ submission, outlineId, idempotencyKey, present },
    });
    if (stored !== undefined) return stored;
    // Another one was first: of this applicant, and then that one becomes obsolete; or this one's twin.
    const meanwhile = await findEarlier(db, idempotencyKey);
    if (meanwhile !== undefined) return meanwhile;
  }
}

function readKey(input: SubmissionInput): IdempotencyKey | undefined {
  if (input.idempotencyKey === undefined) return undefined;
  const digest = new Bun.CryptoHasher("sha256").update(writeJson(input.body)).digest("hex");
  return {
    text: input.idempotencyKey,
    apiKeyId: input.apiKeyId,
    program: input.program,
    bodyDigest: digest,
  };
}

/** What was answered to a try before this one. */
async function findEarlier(db: Database, key: IdempotencyKey | undefined): Promise<SubmittedApplication | undefined> {
  return key && findSubmitted(db, key);
}

/** All applications that are submitted to one version have one outline. */
async function storeOutline(
  db: Database,
  { program, activeVersionId }: SubmissionInput,
  { questionKeys }: Submission,
): Promise<number> {
  const programVersionId = String(activeVersionId);
  const outline = { programVersionId, completedBy: "version", questionKeys } as const;
  const ids = await storeOutlines(db, { programId: program.programId, outlines: [outline] });
  return ids[0] ?? 0;
}

async function preparePresenting(
  db: Database,
  { program }: SubmissionInput,
  outlineId: number,
): Promise<NewSubmission["present"]> {
  const completionOf = await loadCompletions(db, { ...program, outlineIds: new Set([outlineId]) });
  return (stored) => Buffer.concat(completeApplication(Buffer.from(stored), completionOf(outlineId))).toString();
}
