/** Retires API keys permanently. */
import { and, eq, isNull } from "drizzle-orm";
import type { Database } from "../../../db/client.ts";
import { apiKeys } from "../../../db/schema.ts";
import { DomainError, findInvalidFields } from "../../../lib/errors.ts";
import { recordAuditEvent } from "../audit/record.ts";
import type { Permitted } from "../people/roles.ts";
import { findNoteProblems } from "./fields.ts";
import { type ApiKey, getApiKey, type KeyRef } from "./find.ts";

/**
 * Retires a key and writes the audit event, with the reason if there is one, in one transaction: the next call with it
 * is refused, on every server. Throws `invalid` with what is wrong with `reason`; `not_found`; and `conflict` when the key
 * is already retired (of two attempts at once, one succeeds).
 */
export async function retireApiKey(
  db: Database,
  input: KeyRef & { reason?: string; actor: Permitted<"change keys">; now: Date },
): Promise<ApiKey> {
  const { actor, now } = input;
  const reason = input.reason?.trim();
  const invalid = reason && findInvalidFields({ reason: findNoteProblems(reason, "Reason") });
  if (invalid) throw invalid;
  return db.transaction(async (tx) => {
    const { id, keyId, name } = await getApiKey(tx, input);
    const retired = await tx
      .update(apiKeys)
      .set({ retiredAt: now, retiredBy: actor.name })
      .where(and(eq(apiKeys.id, id), isNull(apiKeys.retiredAt)))
      .returning({ id: apiKeys.id });
    if (retired.length === 0) {
      throw new DomainError("conflict", `The API key ${name} is already retired.`);
    }
    await recordAuditEvent(tx, {
      at: now,
      actor,
      action: "api_key.retired",
      apiKeyId: id,
      details: { name, keyId, ...(reason ? { reason } : {}) },
    });
    return getApiKey(tx, { id, actor, now });
  });
}
