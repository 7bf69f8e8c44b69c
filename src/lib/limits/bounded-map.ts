/** A map that drops its oldest entries instead of growing: a cache. */
export interface BoundedMap<K, V> {
  get(key: K): V | undefined;
  set(key: K, value: V): void;
}

/** Makes a map whose values are `sizeMax` together at most; each counts as one unless `sizeOf` says otherwise. */
export function createBoundedMap<K, V>(sizeMax: number, sizeOf: (value: V) => number = () => 1): BoundedMap<K, V> {
  const entries = new Map<K, V>();
  let size = 0;
  const drop = (key: K) => {
    const value = entries.get(key);
    if (value !== undefined && entries.delete(key)) size -= sizeOf(value);
  };
  return {
    get: (key) => entries.get(key),
    set(key, value) {
      drop(key);
      size += sizeOf(value);
      for (const oldest of entries.keys()) {
        if (size <= sizeMax) break;
        drop(oldest);
      }
      entries.set(key, value);
    },
  };
}
