import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import type { GateOptions } from "../../src/db/reads/gate.ts";
import { startTestApp, type TestApp } from "../support/app.ts";
import { applicationRecord, importRecords, makeKey, makeProgram } from "../support/factories.ts";
import { type ListeningApp, startListeningApp } from "../support/listening.ts";

const list = "/api/v1/admin/programs/snow-removal/applications";
/** Enough for a stream to read several times: it reads a mebibyte at once. */
const count = 40;
const answer = { note: { question_type: "TEXT", text: "x".repeat(100_000) } };
const apps: ListeningApp[] = [];
/** Has the applications that all of them read. */
let filled: TestApp;
beforeAll(async () => {
  filled = await startTestApp();
  await makeProgram(filled);
  const records = Array.from({ length: count }, (_, index) => applicationRecord(index + 1, { application: answer }));
  await importRecords(filled, records);
});
afterEach(async () => {
  for (const app of apps.splice(0)) await app.close();
});
afterAll(() => filled.close());

async function start(gate: GateOptions, subnet = "203.0.113.0/24") {
  const app = await startListeningApp({ gate, database: filled.database });
  apps.push(app);
  const { token } = await makeKey(app, { subnet });
  return { app, call: (init?: RequestInit) => app.call(`${list}?pageSize=1`, token, init), token };
}

/** Makes every read of applications wait, until it is called. */
async function blockReads({ database }: TestApp): Promise<() => Promise<void>> {
  const isBlocked = Promise.withResolvers<void>();
  const isOver = Promise.withResolvers<void>();
  const blocking = database.client.begin(async (tx) => {
    await tx`lock table applications in access exclusive mode`;
    isBlocked.resolve();
    await isOver.promise;
  });
  await isBlocked.promise;
  return async () => {
    isOver.resolve();
    await blocking;
  };
}

/** How many reads stand before the lock. */
async function untilBlocked({ database }: TestApp, reads: number): Promise<void> {
  for (;;) {
    const [row] = await database.client`
      select count(*)::int as count from pg_locks
      where not granted and relation = 'applications'::regclass`;
    if (row?.count === reads) return;
    await Bun.sleep(10);
  }
}

/** The answer that comes first, and the ones that still wait: calls reach the line in any order. */
async function firstOf(answers: readonly Promise<Response>[]): Promise<[Promise<Response>, Promise<Response>[]]> {
  const first = await Promise.race(answers.map((answer) => answer.then(() => ({ answer }))));
  return [first.answer, answers.filter((answer) => answer !== first.answer)];
}

const outcome = async (response: Promise<Response>) => {
  const { status, headers } = await response;
  return [status, headers.get("retry-after")];
};

describe("while the database is slow", () => {
  test("a limited number of reads run and wait, and the next is 503 at once with Retry-After", async () => {
    const { app, call } = await start({ runningMax: 2, waitingMax: 2, patienceMs: 60_000 });
    const unblock = await blockReads(app);
    const running = [call(), call()];
    await untilBlocked(app, 2);
    const [refused, waiting] = await firstOf([call(), call(), call()]);
    expect(await outcome(refused)).toEqual([503, "5"]);
    await untilBlocked(app, 2);
    await unblock();
    for (const answer of [...running, ...waiting]) expect((await answer).status).toBe(200);
    expect((await call()).status).toBe(200);
  });

  test("a client that goes away leaves the queue, and another takes its place", async () => {
    const gate = { runningMax: 1, waitingMax: 1, patienceMs: 60_000 };
    const { app, token } = await start(gate, "127.0.0.0/8");
    const call = (signal?: AbortSignal) =>
      fetch(`${app.url}${list}?pageSize=1`, { headers: { authorization: `Basic ${token}` }, signal: signal ?? null });
    const unblock = await blockReads(app);
    const running = call();
    await untilBlocked(app, 1);
    /** Of two calls one takes the only place, and the other is 503, which says that the line is full. */
    const takePlace = async () => {
      const calls = [new AbortController(), new AbortController()].map((leaving) => ({
        leaving,
        answer: call(leaving.signal),
      }));
      const refused = await Promise.race(calls.map(async (one) => ({ one, status: (await one.answer).status })));
      expect(refused.status).toBe(503);
      const taken = calls.find((one) => one !== refused.one);
      if (taken === undefined) throw new Error("there were two calls");
      return taken;
    };
    const left = await takePlace();
    left.leaving.abort();
    expect((await left.answer.catch((error) => error)).name).toBe("AbortError");
    const hasLeft = () => app.logLines.filter(({ status }) => status === 503).length === 2;
    while (!hasLeft()) await Bun.sleep(5);
    const next = await takePlace();
    await unblock();
    expect([(await running).status, (await next.answer).status]).toEqual([200, 200]);
  });

  test("a read that waits too long is 503, and does not run later", async () => {
    const { app, call } = await start({ runningMax: 1, waitingMax: 5, patienceMs: 100 });
    const unblock = await blockReads(app);
    const running = call();
    await untilBlocked(app, 1);
    expect(await Promise.all([outcome(call()), outcome(call())])).toEqual([
      [503, "5"],
      [503, "5"],
    ]);
    await unblock();
    expect((await running).status).toBe(200);
  });

  test("waiting reads don't break off a stream that has begun", async () => {
    const { app, call, token } = await start({ runningMax: 1, waitingMax: 1, patienceMs: 100 });
    const accept = "application/x-ndjson";
    const stream = await app.call(list, token, { headers: { accept } });
    const unblock = await blockReads(app);
    const running = call();
    await untilBlocked(app, 1);
    const text = stream.text();
    expect(await outcome(call())).toEqual([503, "5"]);
    await unblock();
    expect((await text).trim().split("\n")).toHaveLength(count);
    await running;
  });

  test("a key whose calls fill the line makes room for another key's call", async () => {
    const { app, call } = await start({ runningMax: 1, waitingMax: 2, patienceMs: 60_000 });
    const other = await makeKey(app);
    const unblock = await blockReads(app);
    const running = call();
    await untilBlocked(app, 1);
    const [refused, waiting] = await firstOf([call(), call(), call()]);
    expect((await refused).status).toBe(503);
    const others = app.call(`${list}?pageSize=1`, other.token);
    const [sentAway, left] = await firstOf(waiting);
    expect((await sentAway).status).toBe(503);
    await unblock();
    for (const answer of [running, ...left, others]) expect((await answer).status).toBe(200);
  });
});
