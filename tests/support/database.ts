/** Real databases for tests: one PostgreSQL for the process, one migrated template, a copy for each test file. */
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Connection, connect, type DatabaseTarget } from "../../src/db/client.ts";
import { type EmbeddedPostgresProcess, openInProcess } from "./embedded-postgres-process.ts";
import { prepareCluster, template } from "./prepared-cluster.ts";

interface Server {
  readonly target: (database: string) => DatabaseTarget;
  readonly admin: Connection;
  readonly postgres: EmbeddedPostgresProcess;
  /** Those that tests have been given since somebody last looked, and whether they have closed them. */
  readonly databases: { readonly name: string; isClosed: boolean }[];
  /** Gives a migrated database, and has the next one copied meanwhile. */
  takeCopy(): Promise<string>;
}

let server: Promise<Server> | undefined;

/** A migrated, empty database of its own. */
export interface TestDatabase extends Connection {
  readonly target: DatabaseTarget;
}

/** Makes an empty, migrated database. It goes away with the run; close the connection in `afterAll`. */
export async function openTestDatabase(options?: { connectionsMax: number }): Promise<TestDatabase> {
  const server = await startServer();
  return open(server, await server.takeCopy(), options ?? { connectionsMax: 4 });
}

/** An empty database without any table; `options` are those of CREATE DATABASE. */
export async function openEmptyDatabase(options = ""): Promise<TestDatabase> {
  const server = await startServer();
  const name = nameDatabase();
  await server.admin.client.unsafe(`create database ${name} template template0 ${options}`);
  return open(server, name, { connectionsMax: 4 });
}

function open({ target, databases }: Server, name: string, options: { connectionsMax: number }): TestDatabase {
  const { close, ...connection } = connect(target(name), options);
  const database = { name, isClosed: false };
  databases.push(database);
  return {
    ...{ ...connection, target: target(name) },
    close() {
      database.isClosed = true;
      return close();
    },
  };
}

/** A database's place as a `DATABASE_URL`. */
export function urlOf(target: DatabaseTarget): string {
  if (typeof target === "string") return target;
  const { username, password, host, port, database } = target;
  const secret = encodeURIComponent(password);
  const isSocket = host.startsWith("/");
  const address = `postgres://${username}:${secret}@${isSocket ? "localhost" : host}:${port}/${database}`;
  return isSocket ? `${address}?host=${encodeURIComponent(host)}` : address;
}

/**
 * Starts PostgreSQL with the migrated template, once. It ends with this process, however that ends.
 * Unless `isDurable`, it keeps nothing through a crash of the machine and is much faster for it.
 */
export function startServer(options: { isDurable?: boolean } = {}): Promise<Server> {
  server ??= start(options);
  return server;
}

/** Shows every row of every table of the databases that were made since the last time. Drops those that are closed. */
export async function readAllRows(show: (place: string, row: string) => void): Promise<void> {
  const { target, admin, databases } = await startServer();
  const existing = await admin.client<{ name: string }[]>`select datname as name from pg_database`;
  const names = new Set(existing.map(({ name }) => name));
  for (const { name: database, isClosed } of databases.splice(0).filter(({ name }) => names.has(name))) {
    const { client, close } = connect(target(database), { connectionsMax: 1 });
    // Most tables were never written to: they have no page.
    const tables = await client<{ name: string }[]>`
      select oid::regclass::text as name from pg_class
      where relkind = 'r' and pg_relation_size(oid) > 0
        and relnamespace not in ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)`;
    const selects = tables.map(({ name }) => `select '${name}' as name, t::text as row from ${name} t`);
    if (selects.length > 0) {
      const rows = client.unsafe<{ name: string; row: string }[]>(selects.join(" union all "));
      for await (const some of rows.cursor(500)) {
        for (const { name, row } of some) show(`a row of ${name}`, row);
      }
    }
    await close();
    if (isClosed) await admin.client.unsafe(`drop database ${database} with (force)`);
  }
}

/** Stops PostgreSQL before the process ends. */
export async function stopServer(): Promise<void> {
  if (server === undefined) return;
  const { admin, postgres } = await server;
  server = undefined;
  await admin.close();
  await postgres.close();
}

let databaseCount = 0;
function nameDatabase(): string {
  databaseCount += 1;
  return `civikey_test_${databaseCount}`;
}

async function start({ isDurable = false }: { isDurable?: boolean }): Promise<Server> {
  const dataDir = join(tmpdir(), `civikey-test-${crypto.randomUUID()}`);
  await prepareCluster(dataDir, { isDurable });
  const postgres = await openInProcess(dataDir, "command", { isRemoved: true });
  // As the owner, so that a test may change what it likes.
  const target = (database: string): DatabaseTarget => ({ ...postgres.owner, database });
  const admin = connect(target("postgres"), { connectionsMax: 1 });
  // Now: while a test file loads, nothing answers, and on a busy machine that takes longer than connecting may.
  await admin.client`select`;
  // Leaves the list of system tables there, which the first connection to each copy would otherwise make.
  const reader = connect(target(template), { connectionsMax: 1 });
  await reader.client`select`;
  await reader.close();
  const copyTemplate = async () => {
    const name = nameDatabase();
    await admin.client.unsafe(`create database ${name} template ${template} strategy file_copy`);
    return name;
  };
  let next = copyTemplate();
  const takeCopy = () => {
    const taken = next;
    next = taken.then(copyTemplate);
    // Whoever takes it hears that it failed.
    next.catch(() => {});
    return taken;
  };
  return { target, admin, postgres, databases: [], takeCopy };
}
