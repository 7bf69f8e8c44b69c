import { afterAll, beforeAll, expect, test } from "bun:test";
import { readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "../../src/db/client.ts";
import { type EmbeddedPostgres, openEmbeddedPostgres } from "../../src/db/embedded/postgres.ts";
import { migrateDatabase } from "../../src/db/migrate.ts";
import { urlOf } from "../support/database.ts";
import { type ServerProcess, startServerProcess } from "../support/server-process.ts";

const dataDir = join(tmpdir(), `civikey-hung-${crypto.randomUUID()}`);
let postgres: EmbeddedPostgres;
let server: ServerProcess;
/** Only there can a test see which processes belong to PostgreSQL. */
const isLinux = process.platform === "linux";

beforeAll(async () => {
  if (!isLinux) return;
  postgres = await openEmbeddedPostgres({ dataDir, role: "command" });
  await migrateDatabase(postgres.connection);
  server = await startServerProcess(urlOf(postgres.connection));
}, 60_000);
afterAll(async () => {
  if (!isLinux) return;
  await server.end("SIGTERM");
  await postgres.close();
  await rm(dataDir, { recursive: true, force: true });
}, 60_000);

/** The postmaster and its children. */
async function findProcesses(): Promise<number[]> {
  const pidFile = Bun.file(join(dataDir, "postgres/postmaster.pid"));
  const postmaster = Number((await pidFile.text()).split("\n")[0]);
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const children: number[] = [];
  for (const pid of pids) {
    const status = await Bun.file(`/proc/${pid}/status`)
      .text()
      .catch(() => "");
    if (new RegExp(`^PPid:\\s+${postmaster}$`, "m").test(status)) children.push(Number(pid));
  }
  return [postmaster, ...children];
}

const credentials = btoa("cvk_nobody:x");
async function timed() {
  const started = performance.now();
  const response = await server.call("/api/v1/checkAuth", credentials);
  await response.arrayBuffer();
  const { status, headers } = response;
  return { status, retryAfter: headers.get("retry-after"), ms: performance.now() - started };
}

test.skipIf(!isLinux)(
  "a PostgreSQL that hangs makes calls 503 within five seconds, pages a little later, and all is well when it goes on",
  async () => {
    expect((await timed()).status).toBe(401);
    const pids = await findProcesses();
    expect(pids.length).toBeGreaterThan(3);
    for (const pid of pids) process.kill(pid, "SIGSTOP");
    try {
      const page = server.call("/docs/api/programs");
      const answers: ReturnType<typeof timed>[] = [];
      for (let call = 0; call < 12; call += 1) {
        answers.push(timed());
        await Bun.sleep(100);
      }
      for (const { status, retryAfter, ms } of await Promise.all(answers)) {
        expect([status, retryAfter]).toEqual([503, "5"]);
        expect(ms).toBeLessThan(5_000);
      }
      const { status, headers } = await page;
      expect([status, headers.get("retry-after")]).toEqual([503, "5"]);
      const text = await (await page).text();
      expect(text).toContain("The database does not answer.");
      expect(text).toContain("Try again</a>");
    } finally {
      for (const pid of pids) process.kill(pid, "SIGCONT");
    }
    const resumed = performance.now();
    while ((await timed()).status !== 401) await Bun.sleep(50);
    expect(performance.now() - resumed).toBeLessThan(6_000);
    expect((await server.call("/docs/api/programs")).status).toBe(404);

    // It keeps nothing of what piled up: the connections are as few as before.
    await Bun.sleep(500);
    const { client, close } = connect(postgres.connection, { connectionsMax: 1 });
    const [row] = await client`
      select count(*)::int as count from pg_stat_activity where application_name = 'civikey'`;
    expect(row?.count).toBeLessThanOrEqual(16);
    await close();
  },
  60_000,
);
