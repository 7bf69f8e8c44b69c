/** Keeps what was read from a database, as long as it never changes there. */
import { type BoundedMap, createBoundedMap } from "../lib/limits/bounded-map.ts";
import type { Database } from "./client.ts";

/**
 * Makes a cache that holds `entriesMax` entries at most for each database: ids mean something in one
 * database only. A transaction is a database of its own.
 */
export function createDatabaseCache<K, V>(entriesMax: number): (db: Database) => BoundedMap<K, V> {
  const caches = new WeakMap<Database, BoundedMap<K, V>>();
  return (db) => {
    const cache = caches.get(db) ?? createBoundedMap<K, V>(entriesMax);
    caches.set(db, cache);
    return cache;
  };
}
