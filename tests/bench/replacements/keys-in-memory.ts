/** Replaces `domain/access/lookup.ts`: a map, filled by the first call of each key and never refreshed. */
import type { createKeyLookup as create } from "../../../src/domain/access/lookup.ts";
import type { StoredKey } from "../../../src/domain/access/stored-keys.ts";

/** The best a server without a database could do; it would let retired keys in. */
export const createKeyLookup: typeof create = (readKeys) => {
  const keys = new Map<string, StoredKey | undefined>();
  return {
    async find(keyId) {
      if (!keys.has(keyId)) keys.set(keyId, (await readKeys([keyId])).get(keyId));
      return keys.get(keyId);
    },
  };
};
