import { afterAll, beforeAll, expect, test } from "bun:test";
import { startTestApp, type TestApp } from "../support/app.ts";
import { urlOf } from "../support/database.ts";
import { makeProgram } from "../support/factories.ts";
import { type FakeCiviForm, startFakeCiviForm } from "../support/fake-civiform.ts";
import { startServerProcess } from "../support/server-process.ts";

let app: TestApp;
let fake: FakeCiviForm;

beforeAll(async () => {
  app = await startTestApp();
  await makeProgram(app);
  fake = startFakeCiviForm(300);
  fake.pageSizeCap = 10;
});
afterAll(() => Promise.all([fake.close(), app.close()]));

test("servers that start together pull each page once, log it without the key, and stop cleanly", async () => {
  const environment = {
    CIVIFORM_SYNC_URL: fake.origin,
    CIVIFORM_SYNC_TOKEN: fake.token,
    CIVIFORM_SYNC_PROGRAMS: "snow-removal",
  };
  const url = urlOf(app.database.target);
  const servers = await Promise.all([1, 2].map(() => startServerProcess(url, environment)));
  const isDone = async () => {
    const rows = await app.database.client`
      select from application_syncs where succeeded_at is not null`;
    return rows.length === 1;
  };
  for (let tries = 0; tries < 400 && !(await isDone()); tries += 1) await Bun.sleep(50);
  for (const server of servers) expect(await server.end("SIGTERM")).toBe(0);
  expect(fake.queries).toHaveLength(30);
  const [row] = await app.database.client`select count(*)::int as count from applications`;
  expect(row?.count).toBe(300);
  const logs = servers.map((server) => server.output()).join("");
  expect(logs.match(/"msg":"applications synced"/g)).toHaveLength(1);
  expect(logs).not.toContain(fake.token);
});
