/** Brings a database to the schema of this release, or says why it cannot. */
import { join } from "node:path";
import { readMigrationFiles } from "drizzle-orm/migrator";
import type { ISql } from "postgres";
import { connect, type DatabaseTarget } from "./client.ts";
import { grantRights } from "./rights.ts";

const migrationsFolder = join(import.meta.dir, "migrations");
/** Any number that nobody else locks: like "civikey" in hexadecimal digits. */
const migrationLock = 0xc1_17_e1;

/** This release must not use the database; the message says why, and what to do. */
export class UnfitDatabaseError extends Error {}

/** How far a database is: `newer` means that it has migrations that this release does not know. */
export type SchemaStatus = { state: "current" } | { state: "behind"; pending: number } | { state: "newer" };

/** Compares a database's migrations with those of this release. */
export async function readSchemaStatus(client: ISql): Promise<SchemaStatus> {
  const known = readMigrationFiles({ migrationsFolder });
  const newest = await readNewest(client);
  if (newest > Math.max(...known.map(({ folderMillis }) => folderMillis))) return { state: "newer" };
  const pending = known.filter(({ folderMillis }) => folderMillis > newest).length;
  return pending === 0 ? { state: "current" } : { state: "behind", pending };
}

/** The time of the newest migration that was applied; 0 before the first one. */
async function readNewest(client: ISql): Promise<number> {
  const [table] = await client`select to_regclass('drizzle.__drizzle_migrations') as name`;
  if (table?.name == null) return 0;
  const [row] = await client`select max(created_at) as newest from drizzle.__drizzle_migrations`;
  return Number(row?.newest ?? 0);
}

/**
 * Applies the pending migrations in one transaction. Several processes may start at once: an advisory
 * lock lets one work while the others wait. It ends with the transaction, so that it holds behind
 * PgBouncer too. What is rendered on the way has its times in `zone`. The role `grantTo`, if it is another than
 * the one that migrates, gets the rights of a server. Throws `UnfitDatabaseError` on a
 * newer database, on one that only an unreleased CiviKey has migrated, on a standby, and on one that is not in UTF-8.
 */
export async function migrateDatabase(
  target: DatabaseTarget,
  { zone = "UTC", grantTo }: { zone?: string; grantTo?: string | undefined } = {},
): Promise<void> {
  const { client, close } = connect(target, { connectionsMax: 1 });
  try {
    await client.begin(async (tx) => {
      await requireFit(tx);
      await tx`select pg_advisory_xact_lock(${migrationLock})`;
      const status = await readSchemaStatus(tx);
      if (status.state === "newer") {
        throw new UnfitDatabaseError(
          "The database was migrated by a newer CiviKey. Start that release, or restore a backup.",
        );
      }
      if (status.state === "behind") {
        await requireOwner(tx, status.pending);
        await tx`select set_config('civikey.time_zone', ${zone}, true)`;
        await applyPending(tx);
      }
      if (grantTo !== undefined) await grantRights(tx, grantTo);
    });
  } finally {
    await close();
  }
}

/** A server's role owns nothing, and cannot migrate. */
async function requireOwner(tx: ISql, pending: number): Promise<void> {
  const [row] = await tx`
    select has_schema_privilege('public', 'create') and coalesce((select pg_has_role(relowner, 'usage')
      from pg_class where oid = to_regclass('public.audit_events')), true) as can_migrate`;
  if (row?.can_migrate === true) return;
  throw new UnfitDatabaseError(
    `The schema is ${pending} migration(s) behind, and this role may not change it. Set DATABASE_MIGRATION_URL to the ` +
      'URL of its owner, or run `database migrate --url OWNER_URL` (docs/operations.md, "Rights").',
  );
}

/** A primary. In UTF-8: answers can be in any script, and stored lengths in bytes must match what is sent. */
async function requireFit(tx: ISql): Promise<void> {
  const [row] = await tx`select current_setting('server_encoding') as encoding, pg_is_in_recovery() as standby`;
  if (row?.standby === true) {
    throw new UnfitDatabaseError(
      "The PostgreSQL in DATABASE_URL is a standby. Name its primary, or all servers (docs/scaling.md).",
    );
  }
  if (row?.encoding === "UTF8") return;
  throw new UnfitDatabaseError(
    `The database is in ${row?.encoding}. CiviKey needs one that was made with ENCODING 'UTF8'.`,
  );
}

/** Does what Drizzle's migrator does, with its table, but in the given transaction. */
async function applyPending(tx: ISql): Promise<void> {
  await tx`create schema if not exists drizzle`;
  await tx`create table if not exists drizzle.__drizzle_migrations
    (id serial primary key, hash text not null, created_at bigint)`;
  const newest = await readNewest(tx);
  const all = readMigrationFiles({ migrationsFolder });
  if (newest > 0 && all.every(({ folderMillis }) => folderMillis !== newest)) {
    throw new UnfitDatabaseError("The database was left between two releases. Restore a backup that a release made.");
  }
  for (const { folderMillis, hash, sql } of all.filter((one) => one.folderMillis > newest)) {
    for (const statement of sql) await tx.unsafe(statement);
    await tx`insert into drizzle.__drizzle_migrations (hash, created_at) values (${hash}, ${folderMillis})`;
  }
}
