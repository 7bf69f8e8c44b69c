/** Holds a key still while a change to it is worked out. */
import { eq } from "drizzle-orm";
import type { Database } from "../../../db/client.ts";
import { apiKeys } from "../../../db/schema.ts";
import { type ApiKey, getApiKey } from "./list.ts";

/**
 * Reads a key as it is now and keeps others from changing it until the transaction ends: of two
 * changes at once, the second sees what the first has done. Calls with the key, and counting them, go
 * on. Throws `not_found`.
 */
export async function lockApiKey(
  tx: Database,
  input: ({ id: number } | { keyId: string }) & { now: Date },
): Promise<ApiKey> {
  const where = "id" in input ? eq(apiKeys.id, input.id) : eq(apiKeys.keyId, input.keyId);
  await tx.select({ id: apiKeys.id }).from(apiKeys).where(where).for("no key update");
  return getApiKey(tx, input);
}
