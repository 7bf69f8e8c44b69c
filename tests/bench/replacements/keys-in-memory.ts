/** In place of `domain/key-lookup`: a map, filled by the first call of each key and never looked after. */
import type { createKeyLookup as create } from "../../../src/domain/access/lookup.ts";
import type { StoredKey } from "../../../src/domain/access/stored-keys.ts";

/** What a server without a database would do at best; it would let retired keys in. */
export const createKeyLookup: typeof create = (readKeys) => {
  const keys = new Map<string, StoredKey | undefined>();
  return {
    async find(keyId) {
      if (!keys.has(keyId)) keys.set(keyId, (await readKeys([keyId])).get(keyId));
      return keys.get(keyId);
    },
  };
};
