/** Locks a key while it is changed. */
import type { Database } from "../../../db/client.ts";
import { apiKeys } from "../../../db/schema.ts";
import type { Permitted } from "../people/roles.ts";
import { type ApiKey, getApiKey, isKey, type KeyRef } from "./find.ts";

/**
 * Reads a key and locks it against other changes until the transaction ends, so that of two changes at
 * once the second sees the result of the first. Does not delay calls with the key. Throws `not_found`.
 */
export async function lockApiKey(
  tx: Database,
  input: KeyRef & { actor: Permitted<"change keys">; now: Date },
): Promise<ApiKey> {
  await tx.select({ id: apiKeys.id }).from(apiKeys).where(isKey(input)).for("no key update");
  return getApiKey(tx, input);
}
