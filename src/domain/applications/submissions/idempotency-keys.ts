/** Makes retries of submissions harmless (draft-ietf-httpapi-idempotency-key-header). */
import type { Database } from "../../../db/client.ts";
import { runPrepared } from "../../../db/run-sql.ts";
import { DomainError } from "../../../lib/errors.ts";
import { pointTo } from "../../../lib/json/pointer.ts";
import type { GrantedProgram } from "../../access/grants.ts";
import { firstKey } from "../../access/keys/first-key.ts";
import { createShown, writeShown } from "../stored/shown.ts";

/**
 * A retry is recognized by it: who called, for which program, with which header and which body. A client may change its
 * credentials between two tries, and use the old and the new ones at the same time: it is bound to the first key.
 */
export interface IdempotencyKey {
  /** The header, as it was sent. */
  readonly text: string;
  readonly apiKeyId: number;
  readonly program: GrantedProgram<"WRITE">;
  /** SHA-256 of the body, blanks apart. */
  readonly bodyDigest: string;
}

/** Anything visible: a UUID, in quotes or not. */
const form = /^[\x21-\x7e]{1,255}$/;

/** Whether a header's text can be a key. */
export function isIdempotencyKey(text: string): boolean {
  return form.test(text);
}

/** A submitted application, as the caller is answered. */
export interface SubmittedApplication {
  readonly applicationId: string;
  /** What is shown of it, as the API serves it. */
  readonly text: string;
}

/**
 * What was answered under the key before, if anything, to the byte, whatever became of the application, but for
 * questions that are no longer shown. Throws `not_found` when it was erased, and `unprocessable` when that was another
 * body.
 */
export async function findSubmitted(db: Database, key: IdempotencyKey): Promise<SubmittedApplication | undefined> {
  const [known] = await runPrepared<{ application_id: string; body_digest: string; answer: string }>(
    db,
    `select application_id, body_digest, answer from idempotent_submissions
     where program_id = $2 and idempotency_key = $3 and api_key_id = ${firstKey}`,
    [key.apiKeyId, key.program.programId, key.text],
  );
  if (known === undefined) return undefined;
  if (known.answer === "")
    throw new DomainError("not_found", "The application that this Idempotency-Key made was erased.");
  if (known.body_digest === key.bodyDigest) {
    return { applicationId: known.application_id, text: writeShown(known.answer, createShown(key.program.questions)) };
  }
  const detail = "This Idempotency-Key was sent with another body before.";
  throw new DomainError("unprocessable", detail, { errors: [{ pointer: pointTo(), detail }] });
}

/** Stores what is answered under the key, for a day: `db/cleanup.ts` deletes it. */
export async function rememberSubmitted(
  tx: Database,
  key: IdempotencyKey,
  submitted: SubmittedApplication,
): Promise<void> {
  await runPrepared(
    tx,
    `insert into idempotent_submissions
       (api_key_id, program_id, idempotency_key, body_digest, application_id, answer, created_at)
     values (${firstKey}, $2, $3, $4, $5, $6, now())`,
    [...[key.apiKeyId, key.program.programId, key.text, key.bodyDigest], ...[submitted.applicationId, submitted.text]],
  );
}
