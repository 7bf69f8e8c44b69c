/**
 * Advisory locks that show who uses the embedded PostgreSQL. They end with their process, so they are
 * never stale. Every user shares `users`; a server holds `server` exclusively. A process that can get
 * `users` exclusively is the last one.
 */
import { setTimeout as sleep } from "node:timers/promises";
import postgres, { type Sql } from "postgres";
import type { DatabaseAddress } from "../client.ts";
import { adminRole, type Cluster } from "./cluster.ts";
import { readPostmaster } from "./postmaster.ts";

/** "CKEY" in ASCII, and two numbers in its name space. */
const lockSpace = 0x43_4b_45_59;
const locks = { users: 1, server: 2, creation: 3 };

/** How long PostgreSQL may take to notice that a server was killed. */
const serverLockWaitMs = 1000;

/** The role and the database of CiviKey. */
const databaseName = "civikey";

/** The connection that holds the locks: in the database `postgres`, so that `civikey` can be replaced. */
export interface LockSession {
  readonly sql: Sql;
  /** How to connect to the database of CiviKey. */
  readonly connection: DatabaseAddress;
  /** Settles when the connection, and with it every lock, is gone. */
  readonly lost: Promise<void>;
  isLost(): boolean;
}

/** Connects; undefined when there is no socket yet. Throws the driver's errors, leaving nothing open. */
export async function openLockSession({ folder, password }: Cluster): Promise<LockSession | undefined> {
  const { port, socketFolder: host } = (await readPostmaster(folder)) ?? {};
  if (port === undefined || host === undefined) return undefined;
  let isLost = false;
  const { promise: lost, resolve: lose } = Promise.withResolvers<void>();
  const sql = postgres({
    ...{ host, port, password },
    username: adminRole,
    database: "postgres",
    max: 1,
    ssl: false,
    connect_timeout: 5,
    // Otherwise the driver replaces the connection within the hour, and loses the locks.
    max_lifetime: null,
    idle_timeout: 0,
    fetch_types: false,
    onnotice: () => {},
    onclose: () => {
      isLost = true;
      lose();
    },
    connection: { application_name: "civikey lock" },
  });
  try {
    await sql`select 1`;
  } catch (error) {
    await sql.end({ timeout: 0 });
    throw error;
  }
  const connection = { host, port, username: databaseName, password, database: databaseName };
  return { sql, connection, lost, isLost: () => isLost };
}

/** Joins the users. False while the last user is stopping PostgreSQL. */
export async function tryJoin({ sql }: LockSession): Promise<boolean> {
  const [row] = await sql<{ done: boolean }[]>`
    select pg_try_advisory_lock_shared(${lockSpace}, ${locks.users}) as done`;
  return row?.done === true;
}

/** Becomes the server. False when another process is the server. */
export async function tryBecomeServer({ sql }: LockSession): Promise<boolean> {
  const deadline = Date.now() + serverLockWaitMs;
  for (;;) {
    const [row] = await sql<{ done: boolean }[]>`
      select pg_try_advisory_lock(${lockSpace}, ${locks.server}) as done`;
    if (row?.done === true) return true;
    if (Date.now() > deadline) return false;
    await sleep(50);
  }
}

/** Releases all locks. True for the last user: nobody can join until its session ends. */
export async function leave({ sql }: LockSession): Promise<boolean> {
  await sql`select pg_advisory_unlock_all()`;
  const [row] = await sql<{ done: boolean }[]>`
    select pg_try_advisory_lock(${lockSpace}, ${locks.users}) as done`;
  return row?.done === true;
}

/**
 * Creates CiviKey's role and database if they are missing. The role may create databases but is not a
 * superuser: CiviKey needs no more from its own PostgreSQL than from a hosted one.
 */
export async function createDatabase({ sql }: LockSession, password: string): Promise<void> {
  await sql`select pg_advisory_lock(${lockSpace}, ${locks.creation})`;
  const roles = await sql`select from pg_roles where rolname = ${databaseName}`;
  if (roles.length === 0) {
    await sql.unsafe(`create role ${databaseName} login createdb password '${password}'`);
  }
  const databases = await sql`select from pg_database where datname = ${databaseName}`;
  if (databases.length === 0) {
    await sql.unsafe(`create database ${databaseName} owner ${databaseName}`);
  }
  await sql`select pg_advisory_unlock(${lockSpace}, ${locks.creation})`;
}
