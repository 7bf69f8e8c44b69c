import { afterEach, describe, expect, test } from "bun:test";
import type { GateOptions } from "../../src/domain/gate.ts";
import type { TestApp } from "../support/app.ts";
import { applicationRecord, importRecords, makeKey, makeProgram } from "../support/factories.ts";
import { type ListeningApp, startListeningApp } from "../support/listening.ts";

const list = "/api/v1/admin/programs/snow-removal/applications";
const count = 450;
const apps: ListeningApp[] = [];
afterEach(async () => {
  for (const app of apps.splice(0)) await app.close();
});

async function start(gate: GateOptions, subnet = "203.0.113.0/24") {
  const app = await startListeningApp({ gate });
  apps.push(app);
  await makeProgram(app);
  const { token } = await makeKey(app, { subnet });
  await importRecords(
    app,
    Array.from({ length: count }, (_, index) => applicationRecord(index + 1)),
  );
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

const outcome = async (response: Promise<Response>) => {
  const { status, headers } = await response;
  return [status, headers.get("retry-after")];
};

describe("while the database is slow", () => {
  test("so many reads run, so many wait, and the next is 503 at once with Retry-After", async () => {
    const { app, call } = await start({ runningMax: 2, waitingMax: 2, patienceMs: 60_000 });
    const unblock = await blockReads(app);
    const running = [call(), call()];
    await untilBlocked(app, 2);
    const waiting = [call(), call()];
    await Bun.sleep(0);
    expect(await outcome(call())).toEqual([503, "5"]);
    await untilBlocked(app, 2);
    await unblock();
    for (const answer of [...running, ...waiting]) expect((await answer).status).toBe(200);
    expect((await call()).status).toBe(200);
  });

  test("a caller who goes away leaves the line, and another takes its place", async () => {
    const gate = { runningMax: 1, waitingMax: 1, patienceMs: 60_000 };
    const { app, token } = await start(gate, "127.0.0.0/8");
    const call = (init: RequestInit = {}) =>
      fetch(`${app.url}${list}?pageSize=1`, {
        ...init,
        headers: { authorization: `Basic ${token}` },
      });
    const unblock = await blockReads(app);
    const running = call();
    await untilBlocked(app, 1);
    const leaving = new AbortController();
    const left = call({ signal: leaving.signal }).catch((error) => error);
    const findPlace = async () => {
      for (;;) {
        const answer = call();
        const status = await Promise.race([answer.then((one) => one.status), Bun.sleep(300)]);
        if (status === undefined) return { answer };
        expect(status).toBe(503);
        leaving.abort();
      }
    };
    // The line is full until the caller has gone.
    const next = await findPlace();
    expect((await left).name).toBe("AbortError");
    await unblock();
    expect([(await running).status, (await next.answer).status]).toEqual([200, 200]);
  });

  test("a read that waits for too long is 503, and does not run later", async () => {
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

  test("a stream that has begun is not broken off by those that wait", async () => {
    const { app, call, token } = await start({ runningMax: 1, waitingMax: 1, patienceMs: 100 });
    const accept = "application/x-ndjson";
    const stream = await app.call(list, token, { headers: { accept } });
    const unblock = await blockReads(app);
    const others = [outcome(call()), outcome(call()), outcome(call())];
    const text = stream.text();
    await Bun.sleep(400);
    await unblock();
    expect((await text).trim().split("\n")).toHaveLength(count);
    await Promise.all(others);
  });
});
