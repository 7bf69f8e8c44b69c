import { afterAll, beforeAll, expect, test } from "bun:test";
import { readdir } from "node:fs/promises";
import { openTestDatabase, type TestDatabase, urlOf } from "../support/database.ts";
import { type ServerInProcess, startServerInProcess } from "../support/server-in-process.ts";

let database: TestDatabase;
let server: ServerInProcess;
/** Only there can a test see which processes belong to PostgreSQL. */
const isLinux = process.platform === "linux";

beforeAll(async () => {
  database = await openTestDatabase({ connectionsMax: 1 });
  server = await startServerInProcess(urlOf(database.target));
});
afterAll(async () => {
  await server.stop();
  await database.close();
});

async function parentOf(pid: number | string): Promise<number | undefined> {
  const status = await Bun.file(`/proc/${pid}/status`)
    .text()
    .catch(() => "");
  const [, parent] = /^PPid:\s+(\d+)$/m.exec(status) ?? [];
  return parent === undefined ? undefined : Number(parent);
}

/** The postmaster and its children. */
async function findProcesses(): Promise<number[]> {
  const [row] = await database.client`select pg_backend_pid() as pid`;
  const postmaster = await parentOf(row?.pid);
  const found: number[] = [];
  for (const pid of (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number)) {
    if (pid === postmaster || (await parentOf(pid)) === postmaster) found.push(pid);
  }
  return found;
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
      // Whichever is first: the page gives up, or the calls that gave up have taken its connection along.
      expect(text).toMatch(/The database is (not responding|unavailable)\./);
      expect(text).toContain("Try again</a>");
    } finally {
      for (const pid of pids) process.kill(pid, "SIGCONT");
    }
    const resumed = performance.now();
    while ((await timed()).status !== 401) await Bun.sleep(20);
    expect(performance.now() - resumed).toBeLessThan(6_000);
    expect((await server.call("/docs/api/programs")).status).toBe(404);

    // It keeps nothing of what piled up: the connections are as few as before.
    const countConnections = async () => {
      const [row] = await database.client`
        select count(*)::int as count from pg_stat_activity
        where application_name = 'civikey' and datname = current_database() and pid <> pg_backend_pid()`;
      return row?.count ?? 0;
    };
    while ((await countConnections()) > 16) await Bun.sleep(20);
  },
);
