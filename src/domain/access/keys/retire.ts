/** Retires API keys permanently. */
import { and, eq, isNull } from "drizzle-orm";
import type { Database } from "../../../db/client.ts";
import { apiKeys } from "../../../db/schema.ts";
import { DomainError, refuseInvalidFields } from "../../../lib/errors.ts";
import { recordAuditEvent } from "../audit/record.ts";
import type { Permitted } from "../people/roles.ts";
import { findNoteProblems } from "./fields.ts";
import { type ApiKey, getApiKey, type KeyRef } from "./find.ts";

/** Who retires keys, when, and why. */
interface Retirement {
  readonly reason?: string;
  readonly actor: Permitted<"change keys">;
  readonly now: Date;
}

/**
 * Retires a key and writes the audit event, with the reason if there is one, in one transaction: the next call with it
 * is refused, on every server. Throws `invalid` with what is wrong with `reason`; `not_found`; and `conflict` when the key
 * is already retired (of two attempts at once, one succeeds).
 */
export async function retireApiKey(db: Database, input: KeyRef & Retirement): Promise<ApiKey> {
  refuseReason(input);
  return db.transaction(async (tx) => {
    const { apiKey, isRetiredNow } = await retire(tx, input);
    if (!isRetiredNow) throw new DomainError("conflict", `The API key ${apiKey.name} is already retired.`);
    return apiKey;
  });
}

/**
 * Retires several keys, as `retireApiKey` does one, all of them or none. A key that was retired before stays as it is.
 * Throws `invalid` with what is wrong with `reason`, and `not_found` when one of the keys does not exist.
 */
export async function retireApiKeys(
  db: Database,
  { ids, ...retirement }: Retirement & { ids: readonly number[] },
): Promise<{ retired: ApiKey[]; wereRetired: ApiKey[] }> {
  refuseReason(retirement);
  return db.transaction(async (tx) => {
    const outcomes: Awaited<ReturnType<typeof retire>>[] = [];
    // Two who retire the same keys at once lock them in the same order.
    for (const id of [...new Set(ids)].toSorted((a, b) => a - b))
      outcomes.push(await retire(tx, { id, ...retirement }));
    const [retired, wereRetired] = [true, false].map((now) =>
      outcomes.filter(({ isRetiredNow }) => isRetiredNow === now).map(({ apiKey }) => apiKey),
    );
    return { retired: retired ?? [], wereRetired: wereRetired ?? [] };
  });
}

function refuseReason({ reason = "" }: Retirement): void {
  refuseInvalidFields({ reason: findNoteProblems(reason.trim(), "Reason") });
}

async function retire(tx: Database, input: KeyRef & Retirement): Promise<{ apiKey: ApiKey; isRetiredNow: boolean }> {
  const { actor, now } = input;
  const reason = input.reason?.trim();
  const { id, keyId, name } = await getApiKey(tx, input);
  const retired = await tx
    .update(apiKeys)
    .set({ retiredAt: now, retiredBy: actor.name })
    .where(and(eq(apiKeys.id, id), isNull(apiKeys.retiredAt)))
    .returning({ id: apiKeys.id });
  if (retired.length > 0) {
    const details = { name, keyId, ...(reason && { reason }) };
    await recordAuditEvent(tx, input, "api_key.retired", details, { apiKeyId: id });
  }
  return { apiKey: await getApiKey(tx, { id, actor, now }), isRetiredNow: retired.length > 0 };
}
