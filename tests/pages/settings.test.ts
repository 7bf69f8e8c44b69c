import { afterAll, beforeAll, expect, test } from "bun:test";
import { readConfig, variableNames } from "../../src/config/variables.ts";
import type { AlertOptions } from "../../src/domain/access/alerts/send.ts";
import { beginTrace, readTrace, traceHeaders } from "../../src/lib/net/trace-context.ts";
import { settingRows } from "../../src/views/settings/rows.ts";
import { type AdminAtPages, signInToPages } from "../support/admin-pages.ts";
import { noAssets, startTestApp, type TestApp } from "../support/app.ts";
import { makeAdmin, makeKey, makeProgram } from "../support/factories.ts";
import { startHookServer } from "../support/receivers.ts";

let app: TestApp;
let ada: AdminAtPages;
const sent: string[] = [];
const hook = startHookServer();
let channels: { email: AlertOptions["email"]; webhook: AlertOptions["webhook"] };

beforeAll(async () => {
  const sender = {
    send: async ({ to }: { to: string }) => void sent.push(to),
    close: () => {},
  };
  channels = { email: { sender, supportAddress: "help@example.org" }, webhook: undefined };
  app = await startTestApp({ assets: noAssets, channels });
  await makeAdmin(app);
  await makeProgram(app);
  ada = await signInToPages(app);
});
afterAll(() => Promise.all([app.close(), hook.close()]));

test("every row is about a variable, and a secret is never shown", () => {
  const rows = settingRows.flatMap(({ rows }) => rows);
  const secret = new Set(["DATABASE_URL", "SMTP_URL", "ALERT_WEBHOOK_URL", "METRICS_TOKEN"]);
  for (const [variable, , say] of rows) {
    expect(variableNames).toContain(variable);
    if (secret.has(variable)) expect(say("tell nobody")).not.toContain("tell");
  }
});

test("the page says what is set, what is not and what that means, and sends tests when it is asked to", async () => {
  const { text } = await ada.open("/admin/settings");
  for (const part of [
    "Public address http://localhost:9000 BASE_URL",
    readConfig({}).CIVIFORM_TIME_ZONE_ID,
    "Webhook Not configured. No chat or ticket system is told.",
    "No alert has been sent yet.",
  ]) {
    expect(text).toContain(part);
  }
  expect(sent).toEqual([]);
  const tested = await ada.send("/admin/settings/test");
  expect(tested.text).toContain("E-mail: sent. Webhook: not configured.");
  expect(sent).toEqual(["help@example.org"]);
  channels.webhook = { url: hook.url, key: new Uint8Array(32), allowsPrivate: true };
  const trace = beginTrace();
  const traced = await ada.send("/admin/settings/test", {}, { ...traceHeaders(trace) });
  expect(traced.text).toContain("E-mail: sent. Webhook: sent.");
  expect(hook.hooks.map(({ headers }) => readTrace(headers.get("traceparent")))).toEqual([trace]);
});

test("the page says which alerts were delivered, and which are tried again", async () => {
  const { apiKey } = await makeKey(app);
  await app.database.client`
    insert into milestone_alerts (api_key_id, milestone, recipient, attempt_count, retry_at, sent_at)
    values (${apiKey.id}, '7_days', 'support', 1, now(), '2026-01-14T20:00:00Z'),
      (${apiKey.id}, '1_day', 'webhook', 3, '2026-01-15T21:00:00Z', null)`;
  const { text } = await ada.open("/admin/settings");
  expect(text).toContain("Expires within a day Webhook Not yet 3 attempts. Next Jan 15, 2026, 1:00 PM PST");
  expect(text).toContain("Expires within 7 days Support address Jan 14, 2026, 12:00 PM PST");
});

test("the version notes are a text for everybody", async () => {
  const response = await app.request("/docs/versions");
  expect([response.status, response.headers.get("content-type")]).toEqual([200, "text/plain; charset=utf-8"]);
  expect(await response.text()).toContain("# Changelog");
});
