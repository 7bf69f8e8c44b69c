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
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import postgres, { type Sql } from "postgres";
import { describeBinaries } from "../../../src/db/embedded/binaries.ts";
import {
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
  openEmbeddedPostgres,
} from "../../../src/db/embedded/postgres.ts";
import { EmbeddedPostgresError } from "../../../src/db/embedded/report.ts";
import { openInProcess } from "../../support/embedded-postgres-process.ts";

const isRoot = process.getuid?.() === 0;
/** Reason: only root changes the user that PostgreSQL runs as. */
const testAsRoot = test.skipIf(!isRoot);

let root: string;
/** A database that most tests use one after the other, since making one takes a second. */
let dataDir: string;
/** What a process left that was killed while it made a database. */
let halfMade: string;
/** What two processes saw that made it at once. */
let madeByTwo: { rows: unknown[]; files: string[]; owners: number[]; isRunningAfter: boolean };
/** Root's PostgreSQL is to run as the one whose folder it is. */
const owner = isRoot ? 1 : (process.getuid?.() ?? 0);
let cleanups: (() => Promise<unknown>)[] = [];
let newDataDirs: string[] = [];

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "civikey-test-"));
  await chmod(root, 0o755);
  dataDir = join(root, "data");
  halfMade = join(dataDir, "postgres.new-abc123", "cluster");
  await mkdir(halfMade, { recursive: true });
  await chmod(dataDir, 0o700);
  if (isRoot) await chown(dataDir, 1, 1);
  await writeFile(join(halfMade, "PG_VERSION"), "18\n");
  const [server, command] = await Promise.all([openElsewhere("server"), openElsewhere("command")]);
  await writeRow(server);
  const [rows, files] = [await readRows(command), await readdir(dataDir)];
  await Promise.all([server.close(), command.close()]);
  const owners = await Promise.all(files.map(async (name) => (await stat(join(dataDir, name))).uid));
  madeByTwo = { rows, files: files.toSorted(), owners, isRunningAfter: isRunning(dataDir) };
  await cleanUp();
});

async function cleanUp(): Promise<void> {
  for (const clean of cleanups.reverse()) await clean();
  cleanups = [];
  // What a killed process left.
  for (const left of [dataDir, ...newDataDirs].filter(isRunning)) {
    await (await openEmbeddedPostgres({ dataDir: left, role: "command" })).close();
  }
  newDataDirs = [];
}
afterEach(cleanUp);

afterAll(() => rm(root, { recursive: true, force: true }));

function newDataDir(name: string): string {
  const folder = join(root, name);
  newDataDirs.push(folder);
  return folder;
}

async function open(role: "server" | "command", more?: Partial<EmbeddedPostgresOptions>): Promise<EmbeddedPostgres> {
  const opened = await openEmbeddedPostgres({ dataDir, role, ...more });
  cleanups.push(() => opened.close());
  return opened;
}

async function openElsewhere(role: "server" | "command", folder = dataDir) {
  const opened = await openInProcess(folder, role);
  cleanups.push(() => opened.kill());
  return opened;
}

/** As the owner, who may make tables. */
function connect({ owner }: Pick<EmbeddedPostgres, "owner">): Sql {
  const sql = postgres({ ...owner, max: 2, onnotice: () => {} });
  cleanups.push(() => sql.end({ timeout: 0 }));
  return sql;
}

async function writeRow(opened: Pick<EmbeddedPostgres, "owner">): Promise<void> {
  const sql = connect(opened);
  await sql`drop table if exists kept`;
  await sql`create table kept (note text)`;
  await sql`insert into kept values ('acknowledged')`;
}

async function readRows(opened: Pick<EmbeddedPostgres, "owner">): Promise<unknown[]> {
  return [...(await connect(opened)`select note from kept`)];
}

const acknowledged = [{ note: "acknowledged" }];

async function postmasterPid(folder = dataDir): Promise<number> {
  return Number.parseInt(await readFile(pidFile(folder), "utf8"), 10);
}

const pidFile = (folder = dataDir) => join(folder, "postgres", "postmaster.pid");
const isRunning = (folder: string) => existsSync(pidFile(folder));

async function crash(folder = dataDir): Promise<void> {
  const pid = await postmasterPid(folder);
  process.kill(pid, "SIGKILL");
  while (existsSync(`/proc/${pid}`)) await Bun.sleep(10);
}

test("keeps data between a close and the next open", async () => {
  const first = await open("server");
  await writeRow(first);
  await first.close();
  expect(isRunning(dataDir)).toBe(false);
  expect(await readRows(await open("server"))).toEqual(acknowledged);
});

test("gives a durable UTF-8 database in UTC, and a role that is no superuser", async () => {
  const sql = connect(await open("command"));
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
});

test("keeps its files and its socket private, asks for the password, and listens on no network", async () => {
  const opened = await open("server");
  const modeOf = async (path: string) => (await stat(path)).mode & 0o777;
  expect(await modeOf(join(dataDir, "postgres.password"))).toBe(0o600);
  expect(await modeOf(join(dataDir, "postgres.log"))).toBe(0o600);
  expect(await modeOf(opened.connection.host)).toBe(0o700);

  const password = (await readFile(join(dataDir, "postgres.password"), "utf8")).trim();
  const { connection, owner } = opened;
  expect(new Set([password, connection.password, owner.password]).size).toBe(3);
  for (const role of [connection, owner, { ...owner, username: "postgres", password }]) {
    for (const wrong of [connection.password, owner.password, password, "wrong"]) {
      const known = connect({ owner: { ...role, password: wrong } })`select 1`;
      expect(
        await known.then(
          () => "in",
          (error) => error.code,
        ),
      ).toBe(wrong === role.password ? "in" : "28P01");
    }
  }

  const [row] = await connect(opened)`select current_setting('listen_addresses') as addresses`;
  expect(row?.addresses).toBe("");
  if (process.platform === "linux") {
    expect(await openSockets(await postmasterPid())).not.toBeEmpty();
    expect(await networkSockets(await postmasterPid())).toEqual([]);
  }
});

async function openSockets(pid: number): Promise<string[]> {
  // As the process's own user: root may lack the right to look, as it does in a container.
  const { uid, gid } = await stat(`/proc/${pid}`);
  const list = Bun.spawnSync(["ls", "-l", `/proc/${pid}/fd`], isRoot ? { uid, gid } : {});
  return [...list.stdout.toString().matchAll(/socket:\[(\d+)\]/g)].map(([, inode = ""]) => inode);
}

/** Those of the process that are TCP or UDP. */
async function networkSockets(pid: number): Promise<string[]> {
  const tables = await Promise.all(
    ["tcp", "tcp6", "udp", "udp6"].map((name) => readFile(`/proc/${pid}/net/${name}`, "utf8").catch(() => "")),
  );
  const inodes = new Set(
    tables
      .join("\n")
      .split("\n")
      .map((line) => line.trim().split(/\s+/)[9]),
  );
  return (await openSockets(pid)).filter((inode) => inodes.has(inode));
}

test("refuses a second server on the same folder, from this process and from another", async () => {
  const first = await open("server");
  const message = `Another CiviKey server is already running on ${dataDir}. Stop it, or set DATA_DIR (or DATABASE_URL) to another database.`;
  const refused = open("server");
  await expect(refused).rejects.toThrow(EmbeddedPostgresError);
  await expect(refused).rejects.toThrow(message);
  await expect(openElsewhere("server")).rejects.toThrow(message);
  await refused.catch(() => {});
  await writeRow(first);
  expect(await readRows(first)).toEqual(acknowledged);
});

test("lets a command work beside a server without stopping it", async () => {
  const server = await open("server");
  const command = await openElsewhere("command");
  await writeRow(command);
  await command.close();
  expect(await readRows(server)).toEqual(acknowledged);
  await server.close();
  expect(isRunning(dataDir)).toBe(false);
});

test("lets a server take over what a command started, and outlive the command", async () => {
  const command = await openElsewhere("command");
  const pid = await postmasterPid();
  const server = await open("server");
  await command.close();
  await writeRow(server);
  expect(await postmasterPid()).toBe(pid);
});

test("takes over the PostgreSQL of a server that was killed, with every acknowledged row", async () => {
  const killed = await openElsewhere("server");
  await writeRow(killed);
  const pid = await postmasterPid();
  await killed.kill();
  const next = await open("server");
  expect(await readRows(next)).toEqual(acknowledged);
  expect(await postmasterPid()).toBe(pid);
  await next.close();
  expect(isRunning(dataDir)).toBe(false);
});

test("takes a cluster of an earlier release out of the hands of the role that serves", async () => {
  const old = newDataDir("older");
  Bun.spawnSync(["cp", "-a", dataDir, old]);
  const password = (await readFile(join(old, "postgres.password"), "utf8")).trim();
  const first = await open("command", { dataDir: old });
  const superuser = connect({ owner: { ...first.owner, username: "postgres", password } });
  // As it was: one role that owns everything, with the superuser's password.
  for (const statement of [
    "drop table if exists kept",
    "create table kept as select 'acknowledged' as note",
    "alter table kept owner to civikey",
    "alter database civikey owner to civikey",
    "drop owned by civikey_owner",
    "drop role civikey_owner",
    `alter role civikey createdb password '${password}'`,
  ]) {
    await superuser.unsafe(statement);
  }
  await first.close();
  const upgraded = await open("command", { dataDir: old });
  expect(await readRows(upgraded)).toEqual(acknowledged);
  const application = connect({ owner: upgraded.connection });
  expect(await application`drop table kept`.catch((error) => error.code)).toBe("42501");
  expect(await application`create database mine`.catch((error) => error.code)).toBe("42501");
});

test("lets two processes create the same database at once, as the folder's owner, and uses none that was half made", () => {
  const files = ["postgres", "postgres.log", "postgres.password"];
  expect(madeByTwo).toMatchObject({ rows: acknowledged, files, isRunningAfter: false });
  expect(new Set(madeByTwo.owners)).toEqual(new Set([owner]));
  expect(existsSync(dirname(halfMade))).toBe(false);
});

test("makes a private data folder", async () => {
  const fresh = join(root, "fresh");
  await expect(open("command", { dataDir: fresh, packageFolder: join(root, "none") })).rejects.toThrow();
  // The system user whom PostgreSQL runs as must pass through root's folder.
  expect((await stat(fresh)).mode & 0o777).toBe(isRoot ? 0o711 : 0o700);
});

test("survives opens that meet stops", async () => {
  const useRepeatedly = async () => {
    for (let round = 0; round < 2; round += 1) {
      const opened = await openEmbeddedPostgres({ dataDir, role: "command" });
      await connect(opened)`select 1`;
      await opened.close();
    }
  };
  await Promise.all([useRepeatedly(), useRepeatedly(), useRepeatedly()]);
  expect(isRunning(dataDir)).toBe(false);
});

test("brings PostgreSQL back when it dies under a server, and is still the only server", async () => {
  const lines: string[] = [];
  const server = await open("server", { report: (line) => lines.push(line) });
  await writeRow(server);
  await crash();
  while (!lines.includes("The embedded PostgreSQL is back")) await Bun.sleep(20);
  expect(await readRows(server)).toEqual(acknowledged);
  await expect(openElsewhere("server")).rejects.toThrow("Another CiviKey server");
  await server.close();
  expect(isRunning(dataDir)).toBe(false);
});

test("starts after a reboot that gave the old process number to another program", async () => {
  const before = await openElsewhere("server");
  await writeRow(before);
  await before.kill();
  await crash();
  const { uid, gid } = await stat(join(dataDir, "postgres"));
  const other = Bun.spawn(["sleep", "60"], isRoot ? { uid, gid } : {});
  cleanups.push(async () => other.kill());
  const [, ...lines] = (await readFile(pidFile(), "utf8")).split("\n");
  await writeFile(pidFile(), [other.pid, ...lines].join("\n"));
  expect(await readRows(await open("server"))).toEqual(acknowledged);
  expect(other.exitCode).toBeNull();
});

test("keeps PostgreSQL out of reach of a Ctrl-C that the process survives", async () => {
  const server = await openElsewhere("server");
  process.kill(-server.pid, "SIGINT");
  await writeRow(server);
  expect(await readRows(server)).toEqual(acknowledged);
  await server.close();
});

test("finds a private folder for the socket when the data folder's path is too long for one", async () => {
  const deep = newDataDir("x".repeat(120));
  Bun.spawnSync(["cp", "-a", dataDir, deep]);
  const lines: string[] = [];
  const opened = await open("server", { dataDir: deep, report: (line) => lines.push(line) });
  const { host } = opened.connection;
  cleanups.unshift(() => rm(host, { recursive: true }));
  expect(dirname(host)).toBe(tmpdir());
  expect((await stat(host)).mode & 0o777).toBe(0o700);
  await writeRow(await open("command", { dataDir: deep }));
  await crash(deep);
  await (await open("command", { dataDir: deep })).close();
  while (!lines.includes("The embedded PostgreSQL is back")) await Bun.sleep(20);
  expect(await readRows(opened)).toEqual(acknowledged);
});

test("refuses the database of another major version, and says what to do", async () => {
  const old = await makeOddCluster("old", "17");
  await expect(open("command", { dataDir: old })).rejects.toThrow(
    /PostgreSQL 17, .* PostgreSQL 18\. .* pg_dump, and restore/,
  );
});

test("says what PostgreSQL says when it does not start", async () => {
  const broken = await makeOddCluster("broken", "18");
  await expect(open("command", { dataDir: broken })).rejects.toThrow(
    /did not start .*could not access the server configuration file/s,
  );
});

/** Nothing but a version. */
async function makeOddCluster(name: string, version: string): Promise<string> {
  const folder = newDataDir(name);
  await mkdir(join(folder, "postgres"), { recursive: true, mode: 0o755 });
  await writeFile(join(folder, "postgres", "PG_VERSION"), version);
  await writeFile(join(folder, "postgres.password"), "none");
  return folder;
}

test("copies the programs when their package lacks the links that its install script makes", async () => {
  const packageFolder = await copyPackage("bare");
  const libraries = join(packageFolder, "native", "lib");
  for (const entry of await readdir(libraries, { withFileTypes: true })) {
    if (entry.isSymbolicLink()) await rm(join(libraries, entry.name));
  }
  await writeRow(await open("command", { packageFolder }));
  expect(await readdir(join(dataDir, "postgres-binaries"))).toHaveLength(1);
});

testAsRoot("copies the programs when the system user cannot reach them", async () => {
  const packageFolder = await copyPackage("private");
  await chmod(packageFolder, 0o700);
  await writeRow(await open("command", { packageFolder }));
  expect(await readdir(join(dataDir, "postgres-binaries"))).toHaveLength(1);
});

test("uses the machine's own PostgreSQL of the database's version, and says which one it is", async () => {
  const machineFolder = join(root, "machine");
  await mkdir(join(machineFolder, "18"), { recursive: true });
  await symlink(join(installedPackage(), "native", "bin"), join(machineFolder, "18", "bin"));
  const machine = await open("command", { machineFolder });
  expect(machine.description).toContain(`, from ${machineFolder}/18/bin.`);
  await machine.close();
  // A folder of another version.
  await rename(join(machineFolder, "18"), join(machineFolder, "17"));
  await mkdir(join(machineFolder, "18"));
  const lines: string[] = [];
  const other = await open("command", { machineFolder, report: (line) => lines.push(line) });
  expect(lines).toEqual([other.description]);
  await other.close();
});

test("a release that is known to be behind is pointed out", () => {
  const describe = (version: string) =>
    describeBinaries({ version, major: version.slice(0, 2), origin: "/opt", postgres: "", initdb: "" });
  expect(describe("18.4")).toBe(
    "The embedded PostgreSQL is 18.4, from /opt. It is behind 18.6: update it, or install PostgreSQL 18 on this machine, which is then used.",
  );
  for (const version of ["18.6", "18.10", "19.1"]) {
    expect(describe(version)).toBe(`The embedded PostgreSQL is ${version}, from /opt.`);
  }
});

testAsRoot("refuses a data folder that the system user cannot reach, and says what to do", async () => {
  const parent = join(root, "locked");
  await mkdir(parent, { mode: 0o700 });
  const refused = open("server", { dataDir: join(parent, "data") });
  await expect(refused).rejects.toThrow(EmbeddedPostgresError);
  await expect(refused).rejects.toThrow(`cannot enter ${parent}.`);
  await expect(refused).rejects.toThrow(/DATA_DIR .* "chmod o\+x .* ordinary user, .* DATABASE_URL/);
});

function installedPackage(): string {
  return dirname(dirname(Bun.resolveSync(`@embedded-postgres/${process.platform}-${process.arch}`, import.meta.dir)));
}

/** The installed package, somewhere else; and no copies of an earlier test. */
async function copyPackage(name: string): Promise<string> {
  await rm(join(dataDir, "postgres-binaries"), { recursive: true, force: true });
  const folder = join(root, name);
  await cp(installedPackage(), folder, { recursive: true, verbatimSymlinks: true });
  return folder;
}
