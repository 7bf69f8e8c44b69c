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

/** The database, and the role that serves: it owns nothing. */
const databaseName = "civikey";
/** The role that owns the database and migrates it. */
const ownerName = "civikey_owner";

/** Each role has a password of its own, made from the superuser's, which is in a file. */
const passwordOf = (role: string, superuserPassword: string) =>
  new Bun.CryptoHasher("sha256", superuserPassword).update(role).digest("hex");

/** The connection that holds the locks: in the database `postgres`, so that `civikey` can be replaced. */
export interface LockSession {
  readonly sql: Sql;
  /** How to connect to the database of CiviKey: as the application, and as its owner. */
  readonly connection: DatabaseAddress;
  readonly owner: DatabaseAddress;
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
  const addressOf = (username: string) => ({
    ...{ host, port, username, password: passwordOf(username, password), database: databaseName },
  });
  return { sql, connection: addressOf(databaseName), owner: addressOf(ownerName), lost, isLost: () => isLost };
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
 * Creates CiviKey's database and its two roles if they are missing; `password` is the superuser's. Neither is a superuser. In a cluster of an earlier
 * release the application owns everything, and has the superuser's password: both end here.
 */
export async function createDatabase({ sql, connection, owner }: LockSession, password: string): Promise<void> {
  await sql`select pg_advisory_lock(${lockSpace}, ${locks.creation})`;
  const roles = await sql<{ name: string; isOld: boolean }[]>`
    select rolname as name, rolcreatedb as "isOld" from pg_roles where rolname in (${databaseName}, ${ownerName})`;
  const application = roles.find(({ name }) => name === databaseName);
  if (!roles.some(({ name }) => name === ownerName)) {
    await sql.unsafe(`create role ${ownerName} login createdb password '${owner.password}'`);
  }
  if (application === undefined)
    await sql.unsafe(`create role ${databaseName} login password '${connection.password}'`);
  const databases = await sql`select from pg_database where datname = ${databaseName}`;
  if (databases.length === 0) await sql.unsafe(`create database ${databaseName} owner ${ownerName}`);
  if (application?.isOld) {
    await takeOver(owner, password);
    // Last: as long as it is true, all of this is done again.
    await sql.unsafe(`alter role ${databaseName} nocreatedb password '${connection.password}'`);
  }
  await sql`select pg_advisory_unlock(${lockSpace}, ${locks.creation})`;
}

/** Gives the owner everything that the application owns. */
async function takeOver(place: DatabaseAddress, password: string): Promise<void> {
  const superuser = postgres({ ...place, username: adminRole, password, max: 1, onnotice: () => {} });
  try {
    await superuser.unsafe(`reassign owned by ${databaseName} to ${ownerName}`);
  } finally {
    await superuser.end({ timeout: 5 });
  }
}
