/** A real PgBouncer in transaction mode, from Debian's packages. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chown, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import postgres from "postgres";
import type { DatabaseTarget } from "../../src/db/client.ts";
import { findPostgresUser, runsAs } from "../../src/db/embedded/user.ts";
import { findFreePort } from "./debian-postgres.ts";

/** A PgBouncer that runs. */
export interface Pgbouncer {
  /** The database behind it, as a `DATABASE_URL` without parameters. */
  readonly url: string;
  close(): Promise<void>;
}

/** Where the program is; undefined where there is none. */
export function findPgbouncer(): string | undefined {
  const PATH = `${process.env.PATH ?? ""}:/usr/sbin:/usr/local/sbin`;
  const program = Bun.which("pgbouncer", { PATH });
  if (program === null) console.log("There is no PgBouncer here: tests that need it are skipped.");
  return program ?? undefined;
}

const clientName = "bouncer_client";
/** Fewer than a server has: whoever counts on a connection of its own waits for ever. */
const serverConnections = 3;

/** Starts one in front of a database. It refuses to run as root, like PostgreSQL. */
export async function startPgbouncer(program: string, target: DatabaseTarget): Promise<Pgbouncer> {
  const user = await findPostgresUser([]);
  const folder = await mkdtemp(join(tmpdir(), "civikey-pgbouncer-"));
  const port = await findFreePort();
  const settings = join(folder, "pgbouncer.ini");
  const users = join(folder, "users.txt");
  await writeFile(users, `"${clientName}" ""\n`);
  await writeFile(
    settings,
    `[databases]
civikey = ${connectionString(target)}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = trust
auth_file = ${users}
pool_mode = transaction
default_pool_size = ${serverConnections}
max_client_conn = 200
`,
  );
  if (user) for (const path of [folder, settings, users]) await chown(path, user.uid, user.gid);
  const child = spawn(program, [settings], { cwd: "/", stdio: "ignore", ...runsAs(user) });
  const exited = once(child, "exit");
  const url = `postgres://${clientName}@127.0.0.1:${port}/civikey`;
  await waitUntilItAnswers(url);
  return {
    url,
    async close() {
      child.kill("SIGTERM");
      await exited;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function connectionString(target: DatabaseTarget): string {
  const { host, port, username, password, database } = typeof target === "string" ? readUrl(target) : target;
  const secret = password === "" ? "" : ` password=${password}`;
  return `host=${host} port=${port} dbname=${database} user=${username}${secret}`;
}

function readUrl(text: string) {
  const url = new URL(text);
  return {
    host: url.searchParams.get("host") ?? url.hostname,
    port: Number(url.port || 5432),
    username: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    database: url.pathname.slice(1),
  };
}

async function waitUntilItAnswers(url: string): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    const sql = postgres(url, { max: 1, prepare: false, connect_timeout: 2 });
    try {
      await sql`select 1`;
      return;
    } catch (error) {
      if (attempt === 100) throw error;
      await Bun.sleep(50);
    } finally {
      await sql.end({ timeout: 1 });
    }
  }
}
