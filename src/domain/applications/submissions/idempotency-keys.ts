/** Makes retries of submissions harmless (draft-ietf-httpapi-idempotency-key-header). */
import type { Database } from "../../../db/client.ts";
import { runSql } from "../../../db/run-sql.ts";
import { DomainError } from "../../../lib/errors.ts";
import { pointTo } from "../../../lib/json/pointer.ts";

/** A retry is known by it: who called, for which program, with which header and which body. */
export interface IdempotencyKey {
  /** The header, as it was sent. */
  readonly text: string;
  readonly apiKeyId: number;
  readonly programId: number;
  /** SHA-256 of the body, blanks apart. */
  readonly bodyDigest: string;
}

/** Anything visible: a UUID, in quotes or not. */
const form = /^[\x21-\x7e]{1,255}$/;

/** Whether a header's text can be a key. */
export function isIdempotencyKey(text: string): boolean {
  return form.test(text);
}

/**
 * The id of the application that was submitted under the key before, if any. A key that replaced
 * another knows what was submitted with that one: a client may change its credentials between two
 * tries. Throws `unprocessable` when that was another body.
 */
export async function findSubmitted(
  db: Database,
  key: IdempotencyKey,
): Promise<string | undefined> {
  const [known] = await runSql<{ application_id: string; body_digest: string }>(
    db,
    `select application_id, body_digest from idempotent_submissions
     where program_id = $2 and idempotency_key = $3 and (api_key_id = $1
       or api_key_id = (select predecessor_id from api_keys where id = $1))
     order by api_key_id desc limit 1`,
    [key.apiKeyId, key.programId, key.text],
    { planning: "prepare" },
  );
  if (known === undefined) return undefined;
  if (known.body_digest === key.bodyDigest) return known.application_id;
  const detail = "This Idempotency-Key was sent with another body before.";
  throw new DomainError("unprocessable", detail, { errors: [{ pointer: pointTo(), detail }] });
}

/** How long a key is known at least. */
export const idempotencyKeptHours = 24;
