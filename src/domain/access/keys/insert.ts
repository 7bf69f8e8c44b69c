/** Stores a new API key, whether created, rotated or imported from CiviForm. */
import type { Database } from "../../../db/client.ts";
import { apiKeys, grants } from "../../../db/schema.ts";
import { recordAuditEvent } from "../audit/record.ts";
import type { Permitted } from "../people/roles.ts";
import { wordQuestions } from "../questions.ts";
import { type ApiKey, getApiKey } from "./find.ts";

/** A key as it is stored. */
type ApiKeyRow = Omit<typeof apiKeys.$inferInsert, "id">;

/** A grant as it is stored with its key. */
export type GrantRow = Omit<typeof grants.$inferSelect, "apiKeyId">;

/**
 * Stores a key with its grants and the audit event. Call it in a transaction. Gives undefined and stores
 * nothing when a key with this key id, from this form, or with this predecessor exists already.
 */
export async function insertApiKey(
  tx: Database,
  input: {
    row: ApiKeyRow;
    granted: readonly GrantRow[];
    action: "api_key.created" | "api_key.imported";
    /** Further details for the event. */
    details?: Readonly<Record<string, unknown>>;
    actor: Permitted<"change keys">;
    now: Date;
  },
): Promise<ApiKey | undefined> {
  const { row, granted, action, details, actor, now } = input;
  const [inserted] = await tx.insert(apiKeys).values(row).onConflictDoNothing().returning({ id: apiKeys.id });
  if (inserted === undefined) return undefined;
  await tx.insert(grants).values(granted.map((grant) => ({ ...grant, apiKeyId: inserted.id })));
  const apiKey = await getApiKey(tx, { id: inserted.id, actor, now });
  const told = {
    name: apiKey.name,
    keyId: apiKey.keyId,
    expiration: apiKey.expiration.toISOString(),
    ...(apiKey.renewUntil && { renewUntil: apiKey.renewUntil.toISOString() }),
    subnets: apiKey.subnets,
    grants: apiKey.grants.map(({ slug, permission }) => ({ slug, permission })),
    questions: wordQuestions(apiKey.grants),
    ...details,
  };
  await recordAuditEvent(tx, input, action, told, { apiKeyId: apiKey.id });
  return apiKey;
}
