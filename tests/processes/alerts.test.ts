import { afterAll, beforeAll, expect, test } from "bun:test";
import { addDays, localDate } from "../../src/lib/time/times.ts";
import { startTestApp, type TestApp, zone } from "../support/app.ts";
import { urlOf } from "../support/database.ts";
import { makeKey, makeProgram } from "../support/factories.ts";
import { type HookServer, type MailServer, startHookServer, startMailServer } from "../support/receivers.ts";
import { startServerProcess } from "../support/server-process.ts";

const support = "keys@city.example.org";
let app: TestApp;
let mail: MailServer;
let hook: HookServer;

beforeAll(async () => {
  app = await startTestApp();
  mail = await startMailServer();
  hook = startHookServer();
  await makeProgram(app);
});
afterAll(() => Promise.all([mail.close(), hook.close(), app.close()]));

test("servers that start together send each alert once, log it once, and stop cleanly", async () => {
  const now = new Date();
  const expiration = addDays(localDate(now, zone), 5);
  const contacts = Array.from({ length: 6 }, (_, index) => `contact-${index}@example.org`);
  for (const contactEmail of contacts) await makeKey(app, { now, expiration, contactEmail });

  const environment = {
    SMTP_URL: mail.url,
    SUPPORT_EMAIL_ADDRESS: support,
    ALERT_WEBHOOK_URL: hook.url,
    ALERT_WEBHOOK_ALLOW_PRIVATE: "true",
  };
  const url = urlOf(app.database.target);
  const servers = await Promise.all([1, 2].map(() => startServerProcess(url, environment)));
  const isAllSent = async () => {
    const [row] = await app.database.client`
      select count(*)::int as sent from milestone_alerts where sent_at is not null`;
    return row?.sent === 18;
  };
  for (let tries = 0; tries < 200 && !(await isAllSent()); tries += 1) await Bun.sleep(50);
  for (const server of servers) expect(await server.end("SIGTERM")).toBe(0);

  const told = mail.mails.flatMap(({ to }) => to).toSorted();
  expect(told).toEqual([...contacts, ...contacts.map(() => support)].toSorted());
  expect(hook.hooks).toHaveLength(6);
  const logs = servers.map((server) => server.output()).join("");
  expect(logs.match(/"msg":"alert sent"/g)).toHaveLength(18);
  for (const secret of [hook.url, mail.url, ...contacts]) expect(logs).not.toContain(secret);
});
