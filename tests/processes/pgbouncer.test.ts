import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { addDays, localDate } from "../../src/lib/time/times.ts";
import { zone } from "../support/app.ts";
import { type CommandOutcome, runCommand } from "../support/command.ts";
import { openEmptyDatabase, type TestDatabase } from "../support/database.ts";
import { applicationRecord, password, programExport } from "../support/factories.ts";
import { findPgbouncer, type Pgbouncer, startPgbouncer } from "../support/pgbouncer.ts";
import { startServerInProcess } from "../support/server-in-process.ts";
import { type CalledServer, startServerProcess } from "../support/server-process.ts";

const program = findPgbouncer();
const applicationCount = 1_234;
const list = "/api/v1/admin/programs/snow-removal/applications";
let folder: string;
let database: TestDatabase;
let pgbouncer: Pgbouncer;
let url: string;

beforeAll(async () => {
  if (program === undefined) return;
  folder = await mkdtemp(join(tmpdir(), "civikey-pgbouncer-test-"));
  database = await openEmptyDatabase();
  pgbouncer = await startPgbouncer(program, database.target);
  url = `${pgbouncer.url}?pgbouncer=true`;
});
afterAll(async () => {
  if (program === undefined) return;
  await pgbouncer.close();
  await database.close();
  await rm(folder, { recursive: true, force: true });
});

async function cli(args: readonly string[], stdin = ""): Promise<CommandOutcome> {
  const outcome = await runCommand(database, args, { stdin, env: { DATABASE_URL: url } });
  expect(outcome).toMatchObject({ exitCode: 0, stderr: "" });
  return outcome;
}

const createKey = async () => {
  const expires = addDays(localDate(new Date(), zone), 30);
  const made = await cli([
    ...["keys", "create", "--name", "Export", "--expires", expires, "--subnet", "127.0.0.0/8"],
    ...["--read", "snow-removal", "--json"],
  ]);
  return made.json() as { keyId: string; token: string };
};

async function statuses(server: CalledServer, token: string, count: number) {
  const calls = Array.from({ length: count }, async () => {
    const response = await server.call("/api/v1/checkAuth", token);
    await response.arrayBuffer();
    return response.status;
  });
  return new Set(await Promise.all(calls));
}

describe.skipIf(program === undefined)("behind PgBouncer in transaction mode", () => {
  test("commands that start at once migrate an empty database and import programs and applications", async () => {
    await Promise.all([1, 2, 3].map(() => cli(["database", "migrate"])));
    await Bun.write(join(folder, "program.json"), programExport({}));
    await cli(["programs", "import", join(folder, "program.json"), "--publish"]);
    const records = Array.from({ length: applicationCount }, (_, index) =>
      JSON.stringify(applicationRecord(index + 1)),
    );
    await Bun.write(join(folder, "applications.ndjson"), records.join("\n"));
    const imported = await cli([
      ...["applications", "import", join(folder, "applications.ndjson")],
      ...["--program", "snow-removal", "--json"],
    ]);
    expect(imported.json()).toMatchObject({ inserted: applicationCount, rejected: 0 });
  });

  test("a server without pgbouncer=true doesn't start, and says what to do", async () => {
    const start = startServerProcess(pgbouncer.url);
    await expect(start).rejects.toThrow(/did not start.*add pgbouncer=true to the URL/s);
  });

  test("calls, lists, streams and pages work on two servers, without errors in their logs", async () => {
    const { token, keyId } = await createKey();
    await cli(["admins", "create", "--email", "ada@example.org", "--password-stdin"], password);
    const [first, second] = await Promise.all([startServerInProcess(url), startServerProcess(url)]);
    expect(await statuses(first, token, 64)).toEqual(new Set([200]));
    expect(await statuses(second, token, 64)).toEqual(new Set([200]));

    const page = await (await first.call(`${list}?pageSize=1000`, token)).json();
    expect(page).toMatchObject({ payload: { length: 1_000 } });
    const streams = await Promise.all(
      [first, second, first, second].map((server) =>
        server.call(list, token, { headers: { accept: "application/x-ndjson" } }),
      ),
    );
    for (const stream of streams) {
      expect((await stream.text()).trim().split("\n")).toHaveLength(applicationCount);
    }
    const signedIn = await first.call("/login", undefined, {
      method: "POST",
      redirect: "manual",
      headers: { origin: first.url },
      body: new URLSearchParams({ email: "ada@example.org", password }),
    });
    expect(signedIn.status).toBe(303);

    await cli(["keys", "retire", keyId]);
    expect(await statuses(first, token, 20)).toEqual(new Set([401]));
    expect(await statuses(second, token, 20)).toEqual(new Set([401]));
    for (const server of [first, second]) expect((await server.call("/readyz")).status).toBe(200);
    await first.stop();
    expect(await second.end("SIGTERM")).toBe(0);
    expect(first.output() + second.output()).not.toContain('"level":"error"');
    const [usage] = await database.client`
      select call_count::int as calls from api_key_usage
      where api_key_id = (select id from api_keys where key_id = ${keyId})`;
    expect(usage?.calls).toBe(64 + 64 + 1 + 4);
    const [refused] = await database.client`
      select sum(call_count)::int as calls from refusals where reason = 'retired'`;
    expect(refused?.calls).toBe(40);
  });
});
