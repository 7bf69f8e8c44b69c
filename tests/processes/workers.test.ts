import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readdir } from "node:fs/promises";
import { startTestApp, type TestApp } from "../support/app.ts";
import { urlOf } from "../support/database.ts";
import { makeLocalKey, makeProgram } from "../support/factories.ts";
import { parseMetrics, sumOf } from "../support/metrics.ts";
import { type ServerProcess, startServerProcess } from "../support/server-process.ts";

let home: TestApp;
let token: string;
let apiKeyId: number;
/** Only there do processes share a port. */
const isLinux = process.platform === "linux";

beforeAll(async () => {
  home = await startTestApp();
  await makeProgram(home);
  const key = await makeLocalKey(home);
  token = key.token;
  apiKeyId = key.apiKey.id;
});
afterAll(() => home.close());

const start = (more: Record<string, string> = {}) =>
  startServerProcess(urlOf(home.database.target), { WORKERS: "2", ...more });

/** The processes that a process has started and that run. */
async function findChildren(pid: number): Promise<number[]> {
  const children: number[] = [];
  for (const name of await readdir("/proc")) {
    const stat = /^\d+$/.test(name)
      ? await Bun.file(`/proc/${name}/stat`)
          .text()
          .catch(() => "")
      : "";
    const [state, parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (Number(parent) === pid && state !== "Z") children.push(Number(name));
  }
  return children;
}

const isRunning = async (pid: number) => Bun.file(`/proc/${pid}/stat`).exists();

/** Whether it has come as far in its start that SIGTERM stops it cleanly. */
async function handlesSigterm(pid: number): Promise<boolean> {
  const status = await Bun.file(`/proc/${pid}/status`).text();
  const [, handled = "0"] = /^SigCgt:\s*([0-9a-f]+)$/m.exec(status) ?? [];
  return (BigInt(`0x${handled}`) & (1n << 14n)) !== 0n;
}

/** Then the system gives no connection to it any more. */
async function untilToldOfEnd(server: ServerProcess): Promise<void> {
  while (!server.output().includes("a worker exited and is replaced")) await Bun.sleep(20);
}

/** A call on a connection of its own, which the system gives to any of the workers. */
async function call(server: ServerProcess): Promise<number> {
  const headers = { connection: "close" };
  const response = await server.call("/api/v1/checkAuth", token, { headers });
  await response.arrayBuffer();
  return response.status;
}

const countedCalls = async () => {
  const [row] = await home.database.client`
    select call_count::int as calls from api_key_usage where api_key_id = ${apiKeyId}`;
  return row?.calls ?? 0;
};

/** The calls in the metrics of all workers together, from any of them. */
async function readCalls(server: ServerProcess): Promise<number> {
  const headers = { connection: "close" };
  const response = await server.call("/metrics", undefined, { headers });
  expect(response.status).toBe(200);
  const samples = parseMetrics(await response.text());
  return sumOf(samples, "civikey_api_requests_total", { route: "/api/v1/checkAuth" });
}

describe.skipIf(!isLinux)("WORKERS", () => {
  let server: ServerProcess;
  beforeAll(async () => {
    server = await start();
  });

  test("share a port: one setup link, and the metrics of each have the calls of all", async () => {
    expect(await findChildren(server.pid)).toHaveLength(2);
    const answers = await Promise.all(Array.from({ length: 30 }, () => call(server)));
    expect(new Set(answers)).toEqual(new Set([200]));
    while (!server.output().includes("/setup?token=")) await Bun.sleep(20);
    expect(server.output().match(/\/setup\?token=/g)).toHaveLength(1);
    const readings = await Promise.all(Array.from({ length: 6 }, () => readCalls(server)));
    expect(new Set(readings)).toEqual(new Set([30]));
  });

  test("don't start on a port in use, not even one shared by other workers", async () => {
    const { port } = new URL(server.url);
    await expect(start({ PORT: port })).rejects.toThrow(/The port is in use/);
    expect(await findChildren(server.pid)).toHaveLength(2);
  });

  test("replace a killed worker, keep answering calls meanwhile, and keep its calls in the metrics", async () => {
    // Written by the one that counted them: then none is lost with it.
    while ((await countedCalls()) < 30) await Bun.sleep(20);
    const [victim = 0, ...others] = await findChildren(server.pid);
    process.kill(victim, "SIGKILL");
    await untilToldOfEnd(server);
    for (let attempt = 0; attempt < 30; attempt += 1) expect(await call(server)).toBe(200);
    const isWhole = async () => (await findChildren(server.pid)).length === 2;
    while (!(await isWhole())) await Bun.sleep(20);
    expect(await findChildren(server.pid)).toEqual(expect.arrayContaining(others));
    expect(await readCalls(server)).toBe(60);
  });

  test("all stop on SIGTERM, and no call is lost or counted twice", async () => {
    const workers = await findChildren(server.pid);
    for (const pid of workers) while (!(await handlesSigterm(pid))) await Bun.sleep(20);
    expect(await server.end("SIGTERM")).toBe(0);
    expect(server.output().match(/"msg":"stopped"/g)).toHaveLength(2);
    for (const pid of workers) expect(await isRunning(pid)).toBe(false);
    expect(await countedCalls()).toBe(60);
  });

  test("exit cleanly when the process that started them is killed", async () => {
    const orphaned = await start();
    const workers = await findChildren(orphaned.pid);
    await orphaned.end("SIGKILL");
    for (const pid of workers) while (await isRunning(pid)) await Bun.sleep(20);
    expect(orphaned.output().match(/"msg":"stopped"/g)).toHaveLength(2);
  });
});
