/** Keeps what was read from a database, as long as it never changes there. */
import { type BoundedMap, createBoundedMap } from "../lib/limits/bounded-map.ts";
import type { Database } from "./client.ts";

/**
 * Makes a cache for each database: ids mean something in one database only. A transaction is a database of its own. See
 * `createBoundedMap` for its size.
 */
export function createDatabaseCache<K, V>(
  sizeMax: number,
  sizeOf?: (value: V) => number,
): (db: Database) => BoundedMap<K, V> {
  const caches = new WeakMap<Database, BoundedMap<K, V>>();
  return (db) => {
    const cache = caches.get(db) ?? createBoundedMap<K, V>(sizeMax, sizeOf);
    caches.set(db, cache);
    return cache;
  };
}
