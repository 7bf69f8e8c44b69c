/** Real databases for tests: one PostgreSQL for the run, one migrated template, a copy for each test file. */
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Connection, connect, type DatabaseTarget } from "../../src/db/client.ts";
import { type EmbeddedPostgres, openEmbeddedPostgres } from "../../src/db/embedded/postgres.ts";
import { migrateDatabase } from "../../src/db/migrate.ts";

const template = `civikey_template_${process.pid}`;

interface Server {
  readonly target: (database: string) => DatabaseTarget;
  readonly admin: Connection;
  readonly embedded: EmbeddedPostgres | undefined;
  readonly folder: string | undefined;
  readonly databases: string[];
}

let server: Promise<Server> | undefined;

/** A migrated, empty database of its own. */
export interface TestDatabase extends Connection {
  readonly target: DatabaseTarget;
}

/** Makes an empty, migrated database. It goes away with the run; close the connection in `afterAll`. */
export async function openTestDatabase(options?: {
  connectionsMax: number;
}): Promise<TestDatabase> {
  const { target, admin, databases } = await startServer();
  const name = `civikey_test_${process.pid}_${databases.length}`;
  databases.push(name);
  await admin.client.unsafe(`create database ${name} template ${template}`);
  const connection = connect(target(name), options ?? { connectionsMax: 8 });
  return { ...connection, target: target(name) };
}

/** An empty database without any table; `options` are those of CREATE DATABASE. */
export async function openEmptyDatabase(options = ""): Promise<TestDatabase> {
  const { target, admin, databases } = await startServer();
  const name = `civikey_test_${process.pid}_${databases.length}`;
  databases.push(name);
  await admin.client.unsafe(`create database ${name} template template0 ${options}`);
  return { ...connect(target(name), { connectionsMax: 4 }), target: target(name) };
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

/** Starts PostgreSQL (or uses the one of `TEST_DATABASE_URL`) and migrates the template, once. */
export function startServer(): Promise<Server> {
  server ??= open();
  return server;
}

/** Shows every row of every table of every database that this run has made. */
export async function readAllRows(show: (place: string, row: string) => void): Promise<void> {
  const { target, admin, databases } = await startServer();
  const existing = await admin.client<{ name: string }[]>`select datname as name from pg_database`;
  const names = new Set(existing.map(({ name }) => name));
  for (const database of databases.filter((name) => names.has(name))) {
    const { client, close } = connect(target(database), { connectionsMax: 1 });
    const tables = await client<{ name: string }[]>`
      select format('%I.%I', schemaname, tablename) as name from pg_tables
      where schemaname not in ('pg_catalog', 'information_schema')`;
    for (const { name } of tables) {
      const rows = client.unsafe<{ row: string }[]>(`select t::text as row from ${name} t`);
      for await (const some of rows.cursor(500)) {
        for (const { row } of some) show(`a row of ${name}`, row);
      }
    }
    await close();
  }
}

/** Drops everything and stops PostgreSQL. */
export async function stopServer(): Promise<void> {
  if (server === undefined) return;
  const { admin, embedded, folder, databases } = await server;
  server = undefined;
  if (embedded === undefined) {
    for (const name of [...databases, template]) {
      await admin.client.unsafe(`drop database if exists ${name} with (force)`);
    }
  }
  await admin.close();
  await embedded?.close();
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
}

async function open(): Promise<Server> {
  const url = process.env.TEST_DATABASE_URL;
  const folder = url ? undefined : join(tmpdir(), `civikey-test-${crypto.randomUUID()}`);
  const embedded = folder
    ? await openEmbeddedPostgres({ dataDir: folder, role: "command" })
    : undefined;
  const target = (database: string): DatabaseTarget => {
    if (embedded) return { ...embedded.connection, database };
    const changed = new URL(url ?? "");
    changed.pathname = `/${database}`;
    return changed.href;
  };
  const admin = connect(embedded ? target("postgres") : (url ?? ""), { connectionsMax: 1 });
  await admin.client.unsafe(`drop database if exists ${template} with (force)`);
  await admin.client.unsafe(`create database ${template} template template0`);
  await migrateDatabase(target(template));
  return { target, admin, embedded, folder, databases: [] };
}
