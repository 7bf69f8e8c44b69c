import { afterAll, afterEach, beforeAll, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import {
  chmod,
  chown,
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  stat,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import postgres, { type Sql } from "postgres";
import {
  type EmbeddedPostgres,
  EmbeddedPostgresError,
  type EmbeddedPostgresOptions,
  openEmbeddedPostgres,
} from "../../src/db/embedded-postgres.ts";
import { openInProcess } from "../support/embedded-postgres-process.ts";

const timeoutMs = 20_000;
const isRoot = process.getuid?.() === 0;
/** Reason: only root changes the user that PostgreSQL runs as. */
const testAsRoot = test.skipIf(!isRoot);

let root: string;
let seed: string;
let cleanups: (() => Promise<unknown>)[] = [];
let dataDirs: string[] = [];

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "civikey-test-"));
  await chmod(root, 0o755);
  // A cluster that was closed, to copy: quicker than initdb.
  seed = join(root, "seed");
  await (await openEmbeddedPostgres({ dataDir: seed, role: "server" })).close();
}, timeoutMs);

afterEach(async () => {
  for (const clean of cleanups.reverse()) await clean();
  cleanups = [];
  // What a killed process left.
  for (const dataDir of dataDirs.filter(isRunning)) {
    await (await openEmbeddedPostgres({ dataDir, role: "command" })).close();
  }
  dataDirs = [];
}, timeoutMs);

afterAll(() => rm(root, { recursive: true, force: true }));

async function copySeed(): Promise<string> {
  const dataDir = emptyDataDir();
  await mkdir(dirname(dataDir));
  await Bun.$`cp -a ${seed} ${dataDir}`;
  return dataDir;
}

function emptyDataDir(): string {
  const dataDir = join(root, crypto.randomUUID().slice(0, 8), "data");
  dataDirs.push(dataDir);
  return dataDir;
}

async function open(
  dataDir: string,
  role: "server" | "command",
  more?: Partial<EmbeddedPostgresOptions>,
): Promise<EmbeddedPostgres> {
  const opened = await openEmbeddedPostgres({ ...more, dataDir, role });
  cleanups.push(() => opened.close());
  return opened;
}

async function openElsewhere(dataDir: string, role: "server" | "command") {
  const opened = await openInProcess(dataDir, role);
  cleanups.push(() => opened.kill());
  return opened;
}

function connect({ connection }: Pick<EmbeddedPostgres, "connection">): Sql {
  const sql = postgres({ ...connection, max: 2, onnotice: () => {} });
  cleanups.push(() => sql.end({ timeout: 0 }));
  return sql;
}

async function writeRow(opened: Pick<EmbeddedPostgres, "connection">): Promise<void> {
  const sql = connect(opened);
  await sql`create table kept (note text)`;
  await sql`insert into kept values ('acknowledged')`;
}

async function readRows(opened: Pick<EmbeddedPostgres, "connection">): Promise<unknown[]> {
  return [...(await connect(opened)`select note from kept`)];
}

const acknowledged = [{ note: "acknowledged" }];

async function postmasterPid(dataDir: string): Promise<number> {
  return Number.parseInt(await readFile(pidFile(dataDir), "utf8"), 10);
}

const pidFile = (dataDir: string) => join(dataDir, "postgres", "postmaster.pid");
const isRunning = (dataDir: string) => existsSync(pidFile(dataDir));

async function crash(dataDir: string): Promise<void> {
  const pid = await postmasterPid(dataDir);
  process.kill(pid, "SIGKILL");
  while (existsSync(`/proc/${pid}`)) await Bun.sleep(10);
}

test(
  "keeps data between a close and the next open",
  async () => {
    const dataDir = emptyDataDir();
    const first = await open(dataDir, "server");
    await writeRow(first);
    await first.close();
    expect(isRunning(dataDir)).toBe(false);
    expect(await readRows(await open(dataDir, "server"))).toEqual(acknowledged);
  },
  timeoutMs,
);

test(
  "gives a durable UTF-8 database in UTC, and a role that is no superuser",
  async () => {
    const sql = connect(await open(await copySeed(), "command"));
    const [row] = await sql`
      select current_database() as database, current_setting('server_encoding') as encoding,
        current_setting('TimeZone') as zone, current_setting('fsync') as fsync,
        current_setting('synchronous_commit') as commit, current_setting('is_superuser') as superuser,
        lower('ÅÉ') as lower, (select array_agg(word order by word) from unnest('{b,A,a}'::text[]) word) as sorted`;
    expect(row).toEqual({
      database: "civikey",
      encoding: "UTF8",
      zone: "UTC",
      fsync: "on",
      commit: "on",
      superuser: "off",
      lower: "åé",
      sorted: ["A", "a", "b"],
    });
  },
  timeoutMs,
);

test(
  "keeps its files and its socket private, asks for the password, and listens on no network",
  async () => {
    const dataDir = await copySeed();
    const opened = await open(dataDir, "server");
    const modeOf = async (path: string) => (await stat(path)).mode & 0o777;
    expect(await modeOf(join(dataDir, "postgres.password"))).toBe(0o600);
    expect(await modeOf(join(dataDir, "postgres.log"))).toBe(0o600);
    expect(await modeOf(opened.connection.host)).toBe(0o700);
    // The system user whom PostgreSQL runs as must pass through root's folder.
    expect(await modeOf(dataDir)).toBe(isRoot ? 0o711 : 0o700);

    const stranger = connect({ connection: { ...opened.connection, password: "wrong" } });
    expect(await stranger`select 1`.catch((error) => error.code)).toBe("28P01");

    const [row] = await connect(opened)`select current_setting('listen_addresses') as addresses`;
    expect(row?.addresses).toBe("");
    if (process.platform === "linux") {
      expect(await openSockets(await postmasterPid(dataDir))).not.toBeEmpty();
      expect(await networkSockets(await postmasterPid(dataDir))).toEqual([]);
    }
  },
  timeoutMs,
);

async function openSockets(pid: number): Promise<string[]> {
  const names = await readdir(`/proc/${pid}/fd`);
  const targets = await Promise.all(names.map((name) => readlink(`/proc/${pid}/fd/${name}`)));
  return targets.flatMap((target) => /^socket:\[(\d+)\]$/.exec(target)?.[1] ?? []);
}

/** Those of the process that are TCP or UDP. */
async function networkSockets(pid: number): Promise<string[]> {
  const tables = await Promise.all(
    ["tcp", "tcp6", "udp", "udp6"].map((name) =>
      readFile(`/proc/${pid}/net/${name}`, "utf8").catch(() => ""),
    ),
  );
  const inodes = new Set(
    tables
      .join("\n")
      .split("\n")
      .map((line) => line.trim().split(/\s+/)[9]),
  );
  return (await openSockets(pid)).filter((inode) => inodes.has(inode));
}

test(
  "refuses a second server on the same folder, from this process and from another",
  async () => {
    const dataDir = await copySeed();
    const first = await open(dataDir, "server");
    const message = `Another CiviKey server is already running on ${dataDir}. Stop it, or set DATA_DIR (or DATABASE_URL) to another database.`;
    const refused = open(dataDir, "server");
    await expect(refused).rejects.toThrow(EmbeddedPostgresError);
    await expect(refused).rejects.toThrow(message);
    await expect(openElsewhere(dataDir, "server")).rejects.toThrow(message);
    await refused.catch(() => {});
    await writeRow(first);
    expect(await readRows(first)).toEqual(acknowledged);
  },
  timeoutMs,
);

test(
  "lets a command work beside a server without stopping it",
  async () => {
    const dataDir = await copySeed();
    const server = await open(dataDir, "server");
    const command = await openElsewhere(dataDir, "command");
    await writeRow(command);
    await command.close();
    expect(await readRows(server)).toEqual(acknowledged);
    await server.close();
    expect(isRunning(dataDir)).toBe(false);
  },
  timeoutMs,
);

test(
  "lets a server take over what a command started, and outlive the command",
  async () => {
    const dataDir = await copySeed();
    const command = await openElsewhere(dataDir, "command");
    const pid = await postmasterPid(dataDir);
    const server = await open(dataDir, "server");
    await command.close();
    await writeRow(server);
    expect(await postmasterPid(dataDir)).toBe(pid);
  },
  timeoutMs,
);

test(
  "takes over the PostgreSQL of a server that was killed, with every acknowledged row",
  async () => {
    const dataDir = await copySeed();
    const killed = await openElsewhere(dataDir, "server");
    await writeRow(killed);
    const pid = await postmasterPid(dataDir);
    await killed.kill();
    const next = await open(dataDir, "server");
    expect(await readRows(next)).toEqual(acknowledged);
    expect(await postmasterPid(dataDir)).toBe(pid);
    await next.close();
    expect(isRunning(dataDir)).toBe(false);
  },
  timeoutMs,
);

test(
  "lets two processes create the same database at once",
  async () => {
    const dataDir = emptyDataDir();
    const [server, command] = await Promise.all([
      openElsewhere(dataDir, "server"),
      openElsewhere(dataDir, "command"),
    ]);
    await writeRow(server);
    expect(await readRows(command)).toEqual(acknowledged);
    expect((await readdir(dataDir)).sort()).toEqual([
      "postgres",
      "postgres.log",
      "postgres.password",
    ]);
    await Promise.all([server.close(), command.close()]);
    expect(isRunning(dataDir)).toBe(false);
  },
  timeoutMs,
);

test(
  "survives opens that meet stops",
  async () => {
    const dataDir = await copySeed();
    const useRepeatedly = async () => {
      for (let round = 0; round < 5; round += 1) {
        const opened = await openEmbeddedPostgres({ dataDir, role: "command" });
        await connect(opened)`select 1`;
        await opened.close();
      }
    };
    await Promise.all([useRepeatedly(), useRepeatedly(), useRepeatedly()]);
    expect(isRunning(dataDir)).toBe(false);
  },
  timeoutMs,
);

test(
  "brings PostgreSQL back when it dies under a server, and is still the only server",
  async () => {
    const dataDir = await copySeed();
    const lines: string[] = [];
    const server = await open(dataDir, "server", { report: (line) => lines.push(line) });
    await writeRow(server);
    await crash(dataDir);
    while (!lines.includes("The embedded PostgreSQL is back")) await Bun.sleep(20);
    expect(await readRows(server)).toEqual(acknowledged);
    await expect(openElsewhere(dataDir, "server")).rejects.toThrow("Another CiviKey server");
    await server.close();
    expect(isRunning(dataDir)).toBe(false);
  },
  timeoutMs,
);

test(
  "starts after a reboot that gave the old process number to another program",
  async () => {
    const dataDir = await copySeed();
    const before = await openElsewhere(dataDir, "server");
    await writeRow(before);
    process.kill(before.pid, "SIGSTOP");
    await crash(dataDir);
    await before.kill();
    const { uid, gid } = await stat(join(dataDir, "postgres"));
    const other = Bun.spawn(["sleep", "60"], isRoot ? { uid, gid } : {});
    cleanups.push(async () => other.kill());
    const [, ...lines] = (await readFile(pidFile(dataDir), "utf8")).split("\n");
    await writeFile(pidFile(dataDir), [other.pid, ...lines].join("\n"));
    expect(await readRows(await open(dataDir, "server"))).toEqual(acknowledged);
    expect(other.exitCode).toBeNull();
  },
  timeoutMs,
);

test(
  "never uses a database that was half made",
  async () => {
    const dataDir = emptyDataDir();
    const half = join(dataDir, "postgres.new-abc123", "cluster");
    await mkdir(half, { recursive: true });
    await chmod(dataDir, 0o711);
    await writeFile(join(half, "PG_VERSION"), "18\n");
    await open(dataDir, "command");
    expect(existsSync(dirname(half))).toBe(false);
  },
  timeoutMs,
);

test(
  "keeps PostgreSQL out of reach of a Ctrl-C that the process survives",
  async () => {
    const dataDir = await copySeed();
    const server = await openElsewhere(dataDir, "server");
    process.kill(-server.pid, "SIGINT");
    await writeRow(server);
    expect(await readRows(server)).toEqual(acknowledged);
    await server.close();
  },
  timeoutMs,
);

test(
  "finds a private folder for the socket when the data folder's path is too long for one",
  async () => {
    const dataDir = join(await copySeed(), "..", "x".repeat(120));
    await rename(join(dirname(dataDir), "data"), dataDir);
    const lines: string[] = [];
    const opened = await open(dataDir, "server", { report: (line) => lines.push(line) });
    const { host } = opened.connection;
    cleanups.unshift(() => rm(host, { recursive: true }));
    expect(dirname(host)).toBe(tmpdir());
    expect((await stat(host)).mode & 0o777).toBe(0o700);
    await writeRow(await open(dataDir, "command"));
    await crash(dataDir);
    await open(dataDir, "command");
    while (!lines.includes("The embedded PostgreSQL is back")) await Bun.sleep(20);
    expect(await readRows(opened)).toEqual(acknowledged);
  },
  timeoutMs,
);

test("refuses the database of another major version, and says what to do", async () => {
  const dataDir = await copySeed();
  await writeFile(join(dataDir, "postgres", "PG_VERSION"), "17\n");
  await expect(open(dataDir, "command")).rejects.toThrow(
    /PostgreSQL 17, .* PostgreSQL 18. Dump it/,
  );
});

test("says what PostgreSQL says when it does not start", async () => {
  const dataDir = await copySeed();
  await writeFile(join(dataDir, "postgres", "postgresql.conf"), "no_such_setting = 1\n");
  await expect(open(dataDir, "command")).rejects.toThrow(/did not start .*no_such_setting/s);
});

test(
  "copies the programs when their package lacks the links that its install script makes",
  async () => {
    const packageFolder = await copyPackage(join(root, "bare"));
    const libraries = join(packageFolder, "native", "lib");
    for (const entry of await readdir(libraries, { withFileTypes: true })) {
      if (entry.isSymbolicLink()) await rm(join(libraries, entry.name));
    }
    const dataDir = await copySeed();
    await writeRow(await open(dataDir, "command", { packageFolder }));
    expect(await readdir(join(dataDir, "postgres-binaries"))).toHaveLength(1);
  },
  timeoutMs,
);

testAsRoot(
  "copies the programs when the system user cannot reach them",
  async () => {
    const folder = join(root, "private");
    const packageFolder = await copyPackage(folder);
    await chmod(folder, 0o700);
    const dataDir = await copySeed();
    await writeRow(await open(dataDir, "command", { packageFolder }));
    expect(await readdir(join(dataDir, "postgres-binaries"))).toHaveLength(1);
  },
  timeoutMs,
);

testAsRoot(
  "refuses a data folder that the system user cannot reach, and says what to do",
  async () => {
    const parent = join(root, "locked");
    await mkdir(parent, { mode: 0o700 });
    const refused = open(join(parent, "data"), "server");
    await expect(refused).rejects.toThrow(EmbeddedPostgresError);
    await expect(refused).rejects.toThrow(`cannot enter ${parent}.`);
    await expect(refused).rejects.toThrow(
      /DATA_DIR .* "chmod o\+x .* ordinary user, .* DATABASE_URL/,
    );
  },
);

testAsRoot(
  "runs as the owner of a data folder that is an ordinary user's, who can go on with it",
  async () => {
    const dataDir = emptyDataDir();
    await mkdir(dataDir, { recursive: true });
    await chmod(dataDir, 0o700);
    await chown(dataDir, 1, 1);
    await (await open(dataDir, "command")).close();
    for (const name of await readdir(dataDir)) {
      expect((await stat(join(dataDir, name))).uid).toBe(1);
    }
  },
  timeoutMs,
);

/** The installed package. */
async function copyPackage(folder: string): Promise<string> {
  const wrapper = Bun.resolveSync("embedded-postgres", import.meta.dir);
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const installed = dirname(dirname(Bun.resolveSync(name, dirname(wrapper))));
  await cp(installed, folder, { recursive: true, verbatimSymlinks: true });
  return folder;
}
