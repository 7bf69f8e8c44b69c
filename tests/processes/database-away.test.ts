import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { startTestApp, type TestApp } from "../support/app.ts";
import { type DatabaseLine, openDatabaseLine } from "../support/database-line.ts";
import { makeLocalKey, makeProgram } from "../support/factories.ts";
import { type ServerInProcess, startServerInProcess } from "../support/server-in-process.ts";
import { startServerProcess } from "../support/server-process.ts";

let home: TestApp;
let line: DatabaseLine;
let server: ServerInProcess;
let token: string;
const checkAuth = "/api/v1/checkAuth";
const list = "/api/v1/admin/programs/snow-removal/applications";
const patienceMs = 5_000;

beforeAll(async () => {
  home = await startTestApp();
  await makeProgram(home);
  ({ token } = await makeLocalKey(home));
  line = await openDatabaseLine(home.database.target);
  server = await startServerInProcess(line.url);
});
afterAll(async () => {
  // Or the server waits for connections that say nothing.
  await line.cut();
  await line.restore();
  await server.stop();
  await line.close();
  await home.close();
});

/** Many calls over a while: well-formed ones of a known and an unknown key, and others. */
async function callAround() {
  const wellFormed: Promise<Answer>[] = [];
  const others: Promise<Answer>[] = [];
  for (let round = 0; round < 4; round += 1) {
    wellFormed.push(timed(checkAuth, token), timed(list, token), timed(checkAuth, btoa("cvk_x:y")));
    others.push(timed(checkAuth, undefined), timed(checkAuth, "!!!"), timed(list, btoa("none")));
    await Bun.sleep(50);
  }
  return { wellFormed: await Promise.all(wellFormed), others: await Promise.all(others) };
}

interface Answer {
  readonly status: number;
  readonly retryAfter: string | null;
  readonly ms: number;
}

async function timed(path: string, credentials: string | undefined): Promise<Answer> {
  const started = performance.now();
  const response = await server.call(path, credentials);
  await response.arrayBuffer();
  const ms = performance.now() - started;
  return { status: response.status, retryAfter: response.headers.get("retry-after"), ms };
}

async function expectUnavailable(): Promise<void> {
  const { wellFormed, others } = await callAround();
  for (const { status, retryAfter, ms } of wellFormed) {
    expect([status, retryAfter]).toEqual([503, "5"]);
    expect(ms).toBeLessThan(patienceMs);
  }
  for (const { status, ms } of others) {
    expect(status).toBe(401);
    expect(ms).toBeLessThan(patienceMs / 2);
  }
  expect((await server.call("/livez")).status).toBe(200);
  expect((await server.call("/readyz")).status).toBe(503);
}

/** It is back without a restart: for checks and for lists. */
async function expectBack(): Promise<void> {
  const started = performance.now();
  const areBack = async () =>
    (await Promise.all([timed(checkAuth, token), timed(list, token)])).every(({ status }) => status === 200);
  while (!(await areBack())) {
    expect(performance.now() - started).toBeLessThan(10_000);
    await Bun.sleep(20);
  }
  expect((await server.call("/readyz")).status).toBe(200);
}

async function countedCalls(apiKeyId: number): Promise<number> {
  const [row] = await home.database.client`
    select call_count::int as calls from api_key_usage where api_key_id = ${apiKeyId}`;
  return row?.calls ?? 0;
}

/** Waits for what must happen within seconds; fails with the end of the server's log. */
async function expectSoon(what: string, hasHappened: () => boolean | Promise<boolean>): Promise<void> {
  const started = performance.now();
  while (!(await hasHappened())) {
    if (performance.now() - started > 20_000) throw new Error(`not ${what}:\n${server.output().slice(-3_000)}`);
    await Bun.sleep(20);
  }
}

describe("while the database is away", () => {
  test("calls get 503 with Retry-After in time, never 200 or 401, and then work again", async () => {
    expect((await timed(checkAuth, token)).status).toBe(200);
    await line.cut();
    await expectUnavailable();
    await line.restore();
    await expectBack();
  });

  test("counted calls are written once it is back, none lost, none twice", async () => {
    const { token: other, apiKey } = await makeLocalKey(home);
    const failures = () => server.output().split("could not be stored; kept, and tried again").length;
    // Until something is stored again, further failures are not news.
    expect((await timed(checkAuth, other)).status).toBe(200);
    await expectSoon("written before", async () => (await countedCalls(apiKey.id)) === 1);
    const before = failures();
    const answers = await Promise.all(Array.from({ length: 20 }, () => timed(checkAuth, other)));
    expect(answers.every(({ status }) => status === 200)).toBeTrue();
    await line.cut();
    // Unless they were just written, the server tries in vain.
    const areWritten = async () => (await countedCalls(apiKey.id)) >= 21;
    await expectSoon("tried", async () => failures() > before || (await areWritten()));
    await line.restore();
    await expectSoon("written", areWritten);
    expect(await countedCalls(apiKey.id)).toBe(21);
  });
});

describe("while the database is silent", () => {
  test("calls get 503 in time, and stuck connections are abandoned once it is back", async () => {
    await expectBack();
    line.silence();
    await expectUnavailable();
    await line.restore();
    await expectBack();
  });
});

test("a server that loses its database right after the start keeps running, and stops cleanly", async () => {
  const empty = await startTestApp();
  const ownLine = await openDatabaseLine(empty.database.target);
  const started = await startServerProcess(ownLine.url);
  await ownLine.cut();
  expect((await started.call("/livez")).status).toBe(200);
  expect((await started.call(checkAuth, token)).status).toBe(503);
  expect(await started.end("SIGTERM")).toBe(0);
  await ownLine.close();
  await empty.close();
});
