/** What docs/operations.md says about backups, done: the same commands, and what has to hold afterwards. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "../../src/db/client.ts";
import { openEmbeddedPostgres } from "../../src/db/embedded/postgres.ts";
import { addDays, localDate } from "../../src/lib/time/times.ts";
import { runCommand } from "../support/command.ts";
import { type DebianPostgres, findDebianPostgres, startDebianPostgres } from "../support/debian-postgres.ts";
import { applicationRecord, password, programExport } from "../support/factories.ts";
import { leakHunt } from "../support/leak-hunt.ts";
import { startServerInProcess } from "../support/server-in-process.ts";

const folder = mkdtempSync(join(tmpdir(), "civikey-backup-"));
// Started by root, PostgreSQL runs as another user, who passes through here.
chmodSync(folder, 0o711);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const checkAuth = "/api/v1/checkAuth";
const applications = "/api/v1/admin/programs/snow-removal/applications?pageSize=1000";
const expires = addDays(localDate(new Date(), "America/Los_Angeles"), 30);
const createKey = [
  ...["keys", "create", "--name", "Kept", "--expires", expires, "--json"],
  ...["--subnet", "127.0.0.0/8", "::1/128", "--read", "snow-removal"],
];
const createAdmin = ["admins", "create", "--email", "ada@example.org", "--password-stdin"];

type Cli = (args: readonly string[], stdin?: string) => ReturnType<typeof runCommand>;

async function succeed(outcome: ReturnType<typeof runCommand>) {
  const { exitCode, stderr, ...rest } = await outcome;
  expect([exitCode, stderr]).toEqual([0, ""]);
  return rest;
}

/** A program with thirty applications, an admin, and a key; the key's token. */
async function fill(cli: Cli): Promise<string> {
  const [program, applications] = [join(folder, "program.json"), join(folder, "applications.ndjson")];
  const records = Array.from({ length: 30 }, (_, index) => JSON.stringify(applicationRecord(index + 1)));
  writeFileSync(program, programExport({}));
  writeFileSync(applications, records.join("\n"));
  await succeed(cli(["programs", "import", program, "--publish"]));
  await succeed(cli(["applications", "import", applications, "--program", "snow-removal"]));
  await succeed(cli(createAdmin, `${password}\n`));
  const { token } = (await succeed(cli(createKey))).json() as { token: string };
  leakHunt.expectNowhere("a key's token", token);
  return token;
}

/** A restored instance lets the old key in, has every row, and keeps its guards. */
async function expectWhole(
  cli: Cli,
  token: string,
  runSql: (sql: string) => Promise<unknown>,
  env: Readonly<Record<string, string>>,
): Promise<void> {
  const server = await startServerInProcess(env.DATABASE_URL ?? "", env);
  try {
    const status = await succeed(cli(["database", "status", "--json"]));
    expect(status.json()).toMatchObject({ state: "current" });
    const admins = (await succeed(cli(["admins", "list", "--json"]))).json();
    expect(admins).toMatchObject([{ email: "ada@example.org" }]);
    expect((await server.call("/readyz")).status).toBe(200);
    expect((await server.call(checkAuth, token)).status).toBe(200);
    const list = (await (await server.call(applications, token)).json()) as { payload: unknown[] };
    expect(list.payload).toHaveLength(30);
    const forged = Buffer.from(`${atob(token).slice(0, -1)}!`).toString("base64");
    expect((await server.call(checkAuth, forged)).status).toBe(401);
    await expect(runSql("delete from audit_events")).rejects.toThrow(/append|never|refuse/i);
    await expect(runSql("update audit_events set action = 'x'")).rejects.toThrow();
    await expect(runSql("delete from api_keys")).rejects.toThrow();
  } finally {
    await server.stop();
  }
}

describe("the embedded database", () => {
  const environment = (dataDir: string) => ({
    ...{ DATABASE_URL: "", SECRET_KEY: "", CIVIFORM_API_SECRET_SALT: "", DATA_DIR: dataDir },
  });
  const cliOn =
    (dataDir: string): Cli =>
    (args, stdin = "") =>
      runCommand({ target: "" }, args, { stdin, env: environment(dataDir) });
  const runSqlOn = (dataDir: string) => async (sql: string) => {
    const embedded = await openEmbeddedPostgres({ dataDir, role: "command" });
    const { client, close } = connect(embedded.owner, { connectionsMax: 1 });
    try {
      return await client.unsafe(sql);
    } finally {
      await close();
      await embedded.close();
    }
  };
  /** Keeps PostgreSQL running, which each command would start and stop for itself. */
  async function whileRunning<T>(dataDir: string, work: () => Promise<T>): Promise<T> {
    const embedded = await openEmbeddedPostgres({ dataDir, role: "command" });
    try {
      return await work();
    } finally {
      await embedded.close();
    }
  }
  const dataDir = join(folder, "data");
  let token: string;
  beforeAll(async () => {
    // A command needs no server, not even for its first database.
    expect((await succeed(cliOn(dataDir)(["keys", "list", "--json"]))).stdout).toBe("[]\n");
    token = await whileRunning(dataDir, () => fill(cliOn(dataDir)));
  });

  test("is backed up during writes: the copy starts, is complete, and its secrets are private", async () => {
    const server = await startServerInProcess("", environment(dataDir));
    const backup = join(folder, "backups/hot");
    let isDone = false;
    const embedded = await openEmbeddedPostgres({ dataDir, role: "command" });
    const { client, close } = connect(embedded.owner, { connectionsMax: 1 });
    await client`create table written (at serial, filling text)`;
    // Enough for several segments of the write-ahead log.
    const written = (async () => {
      while (!isDone) {
        await client`insert into written (filling) select repeat('x', 500) from generate_series(1, 2000)`;
        await Bun.sleep(60);
      }
    })();
    try {
      await succeed(cliOn(dataDir)(["database", "backup", backup]));
    } finally {
      isDone = true;
      await written;
      await close();
      await embedded.close();
      await server.stop();
    }
    for (const name of ["secret-key", "api-secret-salt", "postgres.password"]) {
      expect(statSync(join(backup, name)).mode & 0o777).toBe(0o600);
    }
    expect(readdirSync(join(folder, "backups"))).toEqual(["hot"]);
    const runSql = runSqlOn(backup);
    const [batch] = await whileRunning(backup, async () => {
      await expectWhole(cliOn(backup), token, runSql, environment(backup));
      return runSql("select count(*) % 2000 as rest, count(*) > 0 as some from written");
    });
    // Whole statements only, as after a crash.
    expect({ ...batch }).toEqual({ rest: "0", some: true });
  });

  test("can be copied as files while nothing runs; what was erased since is back until the copy is told", async () => {
    const copy = join(folder, "cold");
    expect(spawnSync("cp", ["-a", dataDir, copy]).status).toBe(0);
    const stones = join(folder, "erased.json");
    const erase = ["applications", "erase", "--json", "--submitted-before", expires, "--program", "snow-removal"];
    await whileRunning(dataDir, async () => {
      await succeed(cliOn(dataDir)(erase));
      writeFileSync(stones, (await succeed(cliOn(dataDir)(["applications", "erased", "--json"]))).stdout);
    });
    await whileRunning(copy, async () => {
      await expectWhole(cliOn(copy), token, runSqlOn(copy), environment(copy));
      const told = await succeed(cliOn(copy)(["applications", "erase", "--file", stones, "--json"]));
      expect(told.json()).toEqual({ erased: 30, remembered: 30, dryRun: false });
      const [row] = await runSqlOn(copy)(
        "select (select count(*) from applications) as left, count(*) from erased_applications",
      );
      expect({ ...row }).toEqual({ left: "0", count: "30" });
    });
  });

  test("refuses to overwrite anything or to back up into the data folder, and leaves nothing behind", async () => {
    const taken = join(folder, "taken");
    writeFileSync(taken, "something");
    await whileRunning(dataDir, async () => {
      for (const place of [taken, join(dataDir, "backup"), dataDir, join(taken, "below")]) {
        const { exitCode, stdout, stderr } = await cliOn(dataDir)(["database", "backup", place]);
        expect([exitCode, stdout]).toEqual([1, ""]);
        expect(stderr).toContain(place === join(taken, "below") ? "cannot be made" : place);
      }
    });
    expect(readdirSync(dataDir)).not.toContain("backup");
  });
});

const programs = await findDebianPostgres();

describe.skipIf(programs === undefined)("a database in DATABASE_URL", () => {
  let postgres: DebianPostgres;
  const runTool = (name: string, args: readonly string[]) => {
    const { status, stderr } = spawnSync(join(programs ?? "", name), [...args]);
    expect([status, stderr.toString()]).toEqual([0, ""]);
  };
  const runAsSuperuser = async (sql: string) => {
    const { client, close } = connect(postgres.url("postgres"), { connectionsMax: 1 });
    await client.unsafe(sql);
    await close();
  };
  beforeAll(async () => {
    postgres = await startDebianPostgres(programs ?? "");
    await runAsSuperuser("create role civikey login");
  });
  afterAll(() => postgres.remove());

  const createDatabase = (name: string) => runAsSuperuser(`create database ${name} owner civikey`);
  /** As the role that owns the database, and is no superuser. */
  const urlOf = (name: string) => {
    const url = new URL(postgres.url(name));
    url.username = "civikey";
    return url.href;
  };

  const cliOn =
    (name: string, env: Readonly<Record<string, string>> = {}): Cli =>
    (args, stdin = "") =>
      runCommand({ target: urlOf(name) }, args, { stdin, env });
  const runSqlOn = (name: string) => async (sql: string) => {
    const { client, close } = connect(urlOf(name), { connectionsMax: 1 });
    try {
      return await client.unsafe(sql);
    } finally {
      await close();
    }
  };

  /** Dumps a database into a new one, with the options that docs/operations.md gives. */
  async function copyByDump(from: string, to: string): Promise<void> {
    const file = join(folder, `${to}.dump`);
    runTool("pg_dump", ["--format=custom", `--file=${file}`, urlOf(from)]);
    await createDatabase(to);
    runTool("pg_restore", [...["--no-owner", "--single-transaction", `--dbname=${urlOf(to)}`, file]]);
  }

  test("survives pg_dump and pg_restore whole, and lets nobody in with another salt", async () => {
    await createDatabase("source");
    const token = await fill(cliOn("source"));
    await copyByDump("source", "restored");
    const env = { DATABASE_URL: urlOf("restored") };
    await expectWhole(cliOn("restored"), token, runSqlOn("restored"), env);
    const backup = await cliOn("restored")(["database", "backup", join(folder, "nothing")]);
    expect([backup.exitCode, backup.stdout]).toEqual([1, ""]);
    expect(backup.stderr).toContain("Use pg_dump for the one in DATABASE_URL: see docs/operations.md");
    expect(readdirSync(folder)).not.toContain("nothing");
    const salt = { CIVIFORM_API_SECRET_SALT: "another salt 0123456789 abcdefgh" };
    const verify = ["keys", "verify", "--ip", "127.0.0.1", "--json"];
    expect((await succeed(cliOn("restored")(verify, token))).json()).toMatchObject({
      allowed: true,
    });
    const { exitCode, json } = await cliOn("restored", salt)(verify, token);
    expect([exitCode, json()]).toMatchObject([1, { allowed: false, reason: "wrong_secret" }]);
  });
});
