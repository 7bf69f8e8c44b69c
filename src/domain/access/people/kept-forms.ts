/**
 * A form that was sent after its session had ended, kept until its author has signed in again. It is encrypted with a
 * key that only their browser has, can be read by them alone, once, and is deleted half an hour later.
 */
import { and, eq } from "drizzle-orm";
import type { Database } from "../../../db/client.ts";
import { challenges } from "../../../db/schema.ts";
import { deriveKey } from "../../../lib/secrets/derived-keys.ts";
import { seal, unseal } from "../../../lib/secrets/seal.ts";
import { Secret } from "../../../lib/secrets/secret.ts";
import { createChallenge, findChallenge, takeChallenge } from "./challenges.ts";
import { createToken } from "./sessions.ts";

/** How long signing in again may take. */
const keptMinutes = 30;
const purpose = "kept_form";

/** A form as it was sent. */
export interface KeptForm {
  /** The path that it was sent to. */
  readonly action: string;
  /** The path of the page that it is on. */
  readonly page: string;
  /** Without secrets. */
  readonly fields: URLSearchParams;
}

/** Keeps a form in place of one that the same person sent before; the answer is the token for the browser's cookie. */
export async function keepForm(
  db: Database,
  { personId, form, now }: { personId: number; form: KeptForm; now: Date },
): Promise<Secret> {
  await db.delete(challenges).where(and(eq(challenges.adminId, personId), eq(challenges.purpose, purpose)));
  const token = createToken();
  const text = new Secret(JSON.stringify({ ...form, fields: form.fields.toString() }));
  const details = seal(deriveKey(token, "kept-form"), text, String(personId));
  return createChallenge(db, { purpose, personId, details, token, minutes: keptMinutes, now });
}

/** The form that a browser's token stands for, if the person sent it: somebody else's does not open. */
export async function findKeptForm(
  db: Database,
  { token, personId, now }: { token: Secret; personId: number; now: Date },
): Promise<KeptForm | undefined> {
  const challenge = await findChallenge(db, { purpose, token, now });
  const key = deriveKey(token, "kept-form");
  const text = challenge && unseal(key, String(challenge.details), String(personId));
  if (text === undefined) return undefined;
  const { fields, ...form } = JSON.parse(text.reveal());
  return { ...form, fields: new URLSearchParams(fields) };
}

/** Forgets a form. */
export async function forgetKeptForm(db: Database, shown: { token: Secret; now: Date }): Promise<void> {
  await takeChallenge(db, { purpose, ...shown });
}
