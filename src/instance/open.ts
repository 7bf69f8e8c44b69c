/** Opens what the server and the CLI need: the database and the secrets. */
import { join } from "node:path";
import type { Sql } from "postgres";
import type { Config } from "../config/variables.ts";
import { type Connection, type ConnectOptions, connect, type DatabaseTarget } from "../db/client.ts";
import { openEmbeddedPostgres } from "../db/embedded/postgres.ts";
import type { PostgresProgress } from "../db/embedded/report.ts";
import { migrateDatabase, UnfitDatabaseError } from "../db/migrate.ts";
import { createSaltRing, type SaltRing } from "../domain/access/credentials.ts";
import type { ApiKeyRules } from "../domain/access/keys/fields.ts";
import type { SessionPolicy } from "../domain/access/people/sessions.ts";
import { Secret } from "../lib/secrets/secret.ts";
import { readOrCreateSecret } from "../lib/secrets/secret-file.ts";

/** An open instance. */
export interface Instance {
  readonly config: Config;
  readonly target: DatabaseTarget;
  /** The database as the owner of its tables, where that is another role than the server's. */
  readonly owner: DatabaseTarget | undefined;
  readonly connection: Connection;
  /** Which embedded PostgreSQL it is; undefined with one of the operator's own. */
  readonly embedded: string | undefined;
  readonly salts: SaltRing;
  readonly secretKey: Secret;
  /** Closes the connections, and the embedded database when nobody else uses it. */
  close(): Promise<void>;
}

/** The rules for new keys of a configuration. */
export function readKeyRules(config: Config): ApiKeyRules {
  return {
    zone: config.CIVIFORM_TIME_ZONE_ID,
    lifetimeDaysMax: config.API_KEY_MAX_LIFETIME_DAYS,
    bansGlobalSubnet: config.CIVIFORM_API_KEYS_BAN_GLOBAL_SUBNET,
  };
}

/** How long sessions last in a configuration. */
export function readSessionPolicy(config: Config): SessionPolicy {
  return {
    idleMinutes: config.SESSION_IDLE_MINUTES,
    absoluteHours: config.SESSION_ABSOLUTE_HOURS,
    reauthenticateMinutes: config.REAUTHENTICATE_MINUTES,
  };
}

/**
 * Migrates the database: as `owner`, by default the instance's, who grants the server's role what it needs; without one,
 * as the server's role. Throws `UnfitDatabaseError`.
 */
export async function migrateInstance(
  { target, connection: { client }, config }: Instance,
  owner: DatabaseTarget | undefined,
): Promise<void> {
  const zone = config.CIVIFORM_TIME_ZONE_ID;
  if (owner === undefined) return migrateDatabase(target, { zone });
  const here = await readIdentity(client);
  const { client: ownerClient, close } = connect(owner, { connectionsMax: 1 });
  try {
    if ((await readIdentity(ownerClient)).database !== here.database) {
      throw new UnfitDatabaseError("The owner's URL leads to another database than DATABASE_URL.");
    }
  } finally {
    await close();
  }
  await migrateDatabase(owner, { zone, grantTo: here.role });
}

async function readIdentity(client: Sql): Promise<{ database: string; role: string }> {
  const [row] = await client<{ database: string; role: string }[]>`
    select concat_ws(' ', datname, oid, pg_postmaster_start_time()) as database, current_user as role
    from pg_database where datname = current_database()`;
  if (row === undefined) throw new Error("PostgreSQL did not say which database this is");
  return row;
}

/** Opens the database and the secrets of a configuration. Nothing is migrated. */
export async function openInstance(
  config: Config,
  options: ConnectOptions & { role: "server" | "command"; report?: (line: PostgresProgress) => void },
): Promise<Instance> {
  const embedded =
    config.DATABASE_URL === undefined
      ? await openEmbeddedPostgres({ dataDir: config.DATA_DIR, ...options })
      : undefined;
  const target = config.DATABASE_URL ?? embedded?.connection;
  if (target === undefined) throw new Error("there is no database to connect to");
  const generated = async (name: string) => embedded && readOrCreateSecret(join(config.DATA_DIR, name));
  const salt = await generated("api-secret-salt");
  const secretKey = await generated("secret-key");
  const connection = connect(target, options);
  return {
    config,
    target,
    owner: config.DATABASE_MIGRATION_URL ?? embedded?.owner,
    connection,
    embedded: embedded?.description,
    // Without an embedded database both are configured, because all instances must share them.
    salts: createSaltRing(config.CIVIFORM_API_SECRET_SALT ?? salt ?? "", config.CIVIFORM_API_SECRET_SALTS_OLD),
    secretKey: new Secret(config.SECRET_KEY ?? secretKey ?? ""),
    async close() {
      await connection.close();
      await embedded?.close();
    },
  };
}
