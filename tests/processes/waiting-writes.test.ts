import { afterAll, beforeAll, expect, test } from "bun:test";
import { startTestApp, type TestApp } from "../support/app.ts";
import { urlOf } from "../support/database.ts";
import { applicationRecord, importRecords, makeLocalKey, makeProgram } from "../support/factories.ts";
import { type ServerInProcess, startServerInProcess } from "../support/server-in-process.ts";

const list = "/api/v1/admin/programs/snow-removal/applications";
let home: TestApp;
let server: ServerInProcess;

beforeAll(async () => {
  home = await startTestApp();
  await makeProgram(home);
  await importRecords(home, [applicationRecord(1)]);
  server = await startServerInProcess(urlOf(home.database.target));
});
afterAll(async () => {
  await server.stop();
  await home.close();
});

test("writes that wait for a lock delay no reader, and a write answered with 503 doesn't happen later", async () => {
  const writer = await makeLocalKey(home, { permission: "WRITE" });
  const reader = await makeLocalKey(home);
  const setStatus = async () => {
    const answer = await server.call(`${list}/1/status`, writer.token, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ status: "Approved" }),
    });
    return answer.status;
  };
  const countBusy = async () => {
    const [row] = await home.database.client`
      select count(*) filter (where wait_event_type = 'Lock')::int as waiting, count(*)::int as running
      from pg_stat_activity where datname = current_database() and state <> 'idle' and pid <> pg_backend_pid()`;
    return { waiting: row?.waiting ?? 0, running: row?.running ?? 0 };
  };
  const statuses = await home.database.client.begin(async (tx) => {
    await tx`select from applications for update`;
    const waiting = Promise.all(Array.from({ length: 12 }, setStatus));
    while ((await countBusy()).waiting < 4) await Bun.sleep(20);
    const reads = Array.from({ length: 8 }, () => server.call(list, reader.token));
    expect((await Promise.all(reads)).map(({ status }) => status)).toEqual(Array(8).fill(200));
    return waiting;
  });
  expect(statuses).toEqual(Array(12).fill(503));
  while ((await countBusy()).running > 0) await Bun.sleep(20);
  const [row] = await home.database.client`select status from applications`;
  expect(row?.status).not.toBe("Approved");
  expect(await setStatus()).toBe(200);
});
