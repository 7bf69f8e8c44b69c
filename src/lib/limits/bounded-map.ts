/** A map that forgets its oldest entries instead of growing: for what can be read again. */
export interface BoundedMap<K, V> {
  get(key: K): V | undefined;
  set(key: K, value: V): void;
}

/** Makes one that holds `entriesMax` entries at most. */
export function createBoundedMap<K, V>(entriesMax: number): BoundedMap<K, V> {
  const entries = new Map<K, V>();
  return {
    get: (key) => entries.get(key),
    set(key, value) {
      for (const oldest of entries.keys()) {
        if (entries.size < entriesMax) break;
        entries.delete(oldest);
      }
      entries.set(key, value);
    },
  };
}
