/** Two server processes that start together on one database: whatever has to be done is done once. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { addDays, localDate } from "../../src/lib/time/times.ts";
import { startTestApp, type TestApp, zone } from "../support/app.ts";
import { urlOf } from "../support/database.ts";
import { makeKey, makeLocalKey, makeProgram } from "../support/factories.ts";
import { type FakeCiviForm, startFakeCiviForm } from "../support/fake-civiform.ts";
import { type HookServer, type MailServer, startHookServer, startMailServer } from "../support/receivers.ts";
import { type ServerProcess, startServerProcess } from "../support/server-process.ts";

const support = "keys@city.example.org";
const contacts = Array.from({ length: 3 }, (_, index) => `contact-${index}@example.org`);
/** Each key's alert goes to its contact, to the support address and to the webhook. */
const alertCount = 3 * contacts.length;
let home: TestApp;
let mail: MailServer;
let hook: HookServer;
let civiForm: FakeCiviForm;
let first: ServerProcess;
let second: ServerProcess;

beforeAll(async () => {
  home = await startTestApp();
  mail = await startMailServer();
  hook = startHookServer();
  civiForm = startFakeCiviForm(100);
  civiForm.pageSizeCap = 10;
  await makeProgram(home);
  const now = new Date();
  const expiration = addDays(localDate(now, zone), 5);
  for (const contactEmail of contacts) await makeKey(home, { now, expiration, contactEmail });
  const start = () =>
    startServerProcess(urlOf(home.database.target), {
      SMTP_URL: mail.url,
      SUPPORT_EMAIL_ADDRESS: support,
      ALERT_WEBHOOK_URL: hook.url,
      ALERT_WEBHOOK_ALLOW_PRIVATE: "true",
      CIVIFORM_SYNC_URL: civiForm.origin,
      CIVIFORM_SYNC_TOKEN: civiForm.token,
      CIVIFORM_SYNC_PROGRAMS: "snow-removal",
    });
  [first, second] = await Promise.all([start(), start()]);
});
afterAll(async () => {
  await Promise.all([first.end("SIGTERM"), second.end("SIGTERM")]);
  await Promise.all([mail.close(), hook.close(), civiForm.close()]);
  await home.close();
});

async function call(server: ServerProcess, token: string, count: number): Promise<void> {
  const answers = await Promise.all(Array.from({ length: count }, () => server.call("/api/v1/checkAuth", token)));
  expect(answers.every(({ status }) => status === 200)).toBeTrue();
}

async function usageOf(apiKeyId: number) {
  const [row] = await home.database.client`
    select call_count::int as calls, host(last_used_address) as address,
      (extract(epoch from last_used_at) * 1000)::float8 as last_used_ms,
      (select sum(call_count)::int from api_key_daily_calls where api_key_id = ${apiKeyId}) as daily
    from api_key_usage where api_key_id = ${apiKeyId}`;
  return { calls: row?.calls ?? 0, daily: row?.daily, address: row?.address, lastUsedMs: row?.last_used_ms };
}

async function untilCounted(apiKeyId: number, calls: number): Promise<void> {
  while ((await usageOf(apiKeyId)).calls < calls) await Bun.sleep(20);
}

describe("two servers that start together", () => {
  test("send each alert once", async () => {
    const isAllSent = async () => {
      const [row] = await home.database.client`
        select count(*)::int as sent from milestone_alerts where sent_at is not null`;
      return row?.sent === alertCount;
    };
    while (!(await isAllSent())) await Bun.sleep(20);
    const told = mail.mails.flatMap(({ to }) => to).toSorted();
    expect(told).toEqual([...contacts, ...contacts.map(() => support)].toSorted());
    expect(hook.hooks).toHaveLength(contacts.length);
  });

  test("pull each page of CiviForm's once", async () => {
    const isDone = async () => {
      const rows = await home.database.client`select from application_syncs where succeeded_at is not null`;
      return rows.length === 1;
    };
    while (!(await isDone())) await Bun.sleep(20);
    expect(civiForm.queries).toHaveLength(10);
    const [row] = await home.database.client`select count(*)::int as count from applications`;
    expect(row?.count).toBe(100);
  });

  test("count the calls of a key exactly", async () => {
    const { token, apiKey } = await makeLocalKey(home);
    const startedMs = Date.now();
    for (let round = 0; round < 3; round += 1) {
      await Promise.all([call(first, token, 30), call(second, token, 30)]);
    }
    await untilCounted(apiKey.id, 180);
    const usage = await usageOf(apiKey.id);
    expect(usage).toMatchObject({ calls: 180, daily: 180, address: "127.0.0.1" });
    expect(usage.lastUsedMs).toBeGreaterThanOrEqual(startedMs);
  });

  test("lose at most the calls that are not written yet when one is killed", async () => {
    const { token, apiKey } = await makeLocalKey(home);
    await call(second, token, 40);
    await untilCounted(apiKey.id, 40);
    await call(second, token, 20);
    await second.end("SIGKILL");
    expect((await usageOf(apiKey.id)).calls).toBeWithin(40, 61);
  });

  test("stop cleanly, write what they counted, and have logged each alert and sync once, without secrets", async () => {
    const { token, apiKey } = await makeLocalKey(home);
    await call(first, token, 20);
    expect(await first.end("SIGTERM")).toBe(0);
    expect(await usageOf(apiKey.id)).toMatchObject({ calls: 20, daily: 20 });
    const logs = first.output() + second.output();
    expect(logs.match(/"msg":"alert sent"/g)).toHaveLength(alertCount);
    expect(logs.match(/"msg":"applications synced"/g)).toHaveLength(1);
    for (const secret of [hook.url, mail.url, civiForm.token, ...contacts]) expect(logs).not.toContain(secret);
  });
});
