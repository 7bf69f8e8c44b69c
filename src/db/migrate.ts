/** Brings a database to the schema of this release, or says why it cannot. */
import { join } from "node:path";
import { readMigrationFiles } from "drizzle-orm/migrator";
import { migrate } from "drizzle-orm/postgres-js/migrator";
import type { Sql } from "postgres";
import { connect, type DatabaseTarget } from "./client.ts";

const migrationsFolder = join(import.meta.dir, "migrations");
/** Any number will do, as long as nobody else locks it: "civikey" in hexadecimal digits. */
const migrationLock = 0xc1_17_e1;

/** The database was migrated by a newer release: this one must not touch it. */
export class NewerSchemaError extends Error {}

/** How far a database is: `newer` means that it has migrations that this release does not know. */
export type SchemaStatus =
  | { state: "current" }
  | { state: "behind"; pending: number }
  | { state: "newer" };

/** Compares the migrations that a database has had with those of this release. */
export async function readSchemaStatus(client: Sql): Promise<SchemaStatus> {
  const known = readMigrationFiles({ migrationsFolder }).map((migration) => migration.folderMillis);
  const newestKnown = Math.max(...known);
  const [table] = await client`select to_regclass('drizzle.__drizzle_migrations') as name`;
  if (table?.name == null) return { state: "behind", pending: known.length };
  const [row] = await client`select max(created_at) as newest from drizzle.__drizzle_migrations`;
  const newestApplied = Number(row?.newest ?? 0);
  if (newestApplied > newestKnown) return { state: "newer" };
  const pending = known.filter((at) => at > newestApplied).length;
  return pending === 0 ? { state: "current" } : { state: "behind", pending };
}

/**
 * Applies the pending migrations in one transaction. Several processes may start at once: an advisory
 * lock lets one work while the others wait. Throws `NewerSchemaError` on a newer database.
 */
export async function migrateDatabase(target: DatabaseTarget): Promise<void> {
  // One connection, so that the lock and the migrations share a session, and closing it lets go.
  const { db, client, close } = connect(target, { connectionsMax: 1 });
  try {
    await client`select pg_advisory_lock(${migrationLock})`;
    const status = await readSchemaStatus(client);
    if (status.state === "newer") {
      throw new NewerSchemaError(
        "The database was migrated by a newer CiviKey. Start that release, or restore a backup.",
      );
    }
    if (status.state === "behind") await migrate(db, { migrationsFolder });
  } finally {
    await close();
  }
}
