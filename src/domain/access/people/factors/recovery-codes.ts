/**
 * Recovery codes: ten, each good once, for somebody whose passkey or app is lost. They have 80 random bits, which
 * nobody finds again from a digest; so no key is needed, and they still work when `SECRET_KEY` is replaced.
 */
import { randomBytes } from "node:crypto";
import { and, eq, isNull } from "drizzle-orm";
import type { Database } from "../../../../db/client.ts";
import { recoveryCodes } from "../../../../db/schema.ts";
import { Secret } from "../../../../lib/secrets/secret.ts";
import { type Actor, recordAuditEvent } from "../../audit/record.ts";

const codeCount = 10;
const codeLength = 16;
/** Without letters that are read as others (Crockford's base32). */
const alphabet = "0123456789abcdefghjkmnpqrstvwxyz";

/** Makes the codes of a person, in place of those they had; shown once. */
export async function replaceRecoveryCodes(
  tx: Database,
  { personId, actor, now }: { personId: number; actor: Actor; now: Date },
): Promise<readonly Secret[]> {
  const codes = Array.from({ length: codeCount }, createCode);
  await tx.delete(recoveryCodes).where(eq(recoveryCodes.adminId, personId));
  await tx
    .insert(recoveryCodes)
    .values(codes.map((code) => ({ adminId: personId, digest: digestOf(personId, code.reveal()) })));
  await recordAuditEvent(tx, { actor, now }, "admin.recovery_codes_created");
  return codes;
}

/** Uses a code up. False when it is not one of the person's, or was used before; of two tries at once, one succeeds. */
export async function useRecoveryCode(
  db: Database,
  { personId, code, actor, now }: { personId: number; code: string; actor: Actor; now: Date },
): Promise<boolean> {
  const ownCodes = eq(recoveryCodes.adminId, personId);
  return db.transaction(async (tx) => {
    const used = await tx
      .update(recoveryCodes)
      .set({ usedAt: now })
      .where(and(ownCodes, eq(recoveryCodes.digest, digestOf(personId, code)), isNull(recoveryCodes.usedAt)))
      .returning({ id: recoveryCodes.id });
    if (used.length === 0) return false;
    const codesLeft = await tx.$count(recoveryCodes, and(ownCodes, isNull(recoveryCodes.usedAt)));
    await recordAuditEvent(tx, { actor, now }, "admin.recovery_code_used", { codesLeft });
    return true;
  });
}

/** Whether a text is as long as a code: then it is no code of an app. */
export function looksLikeRecoveryCode(text: string): boolean {
  return normalize(text).length === codeLength;
}

function createCode(): Secret {
  // 256 is a multiple of 32: every letter is as likely as the others.
  const letters = [...randomBytes(codeLength)].map((byte) => alphabet.charAt(byte % alphabet.length)).join("");
  return new Secret(letters.replace(/.{4}(?!$)/g, "$&-"));
}

/** As people may write it down: in capitals, with other marks between the groups, O for 0, I or L for 1. */
function normalize(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^0-9a-z]/g, "")
    .replaceAll("o", "0")
    .replace(/[il]/g, "1");
}

function digestOf(personId: number, code: string): string {
  return new Bun.CryptoHasher("sha256").update(`${personId} ${normalize(code)}`).digest("base64url");
}
