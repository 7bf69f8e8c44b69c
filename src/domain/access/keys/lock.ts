/** Holds a key still while a change to it is worked out. */
import type { Database } from "../../../db/client.ts";
import { apiKeys } from "../../../db/schema.ts";
import { type ApiKey, getApiKey, isKey, type KeyRef } from "./find.ts";

/**
 * Reads a key as it is now and keeps others from changing it until the transaction ends: of two
 * changes at once, the second sees what the first has done. Calls with the key, and counting them, go
 * on. Throws `not_found`.
 */
export async function lockApiKey(tx: Database, input: KeyRef & { now: Date }): Promise<ApiKey> {
  await tx.select({ id: apiKeys.id }).from(apiKeys).where(isKey(input)).for("no key update");
  return getApiKey(tx, input);
}
