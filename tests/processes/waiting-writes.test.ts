import { expect, test } from "bun:test";
import { addDays, localDate } from "../../src/lib/time/times.ts";
import { startTestApp, zone } from "../support/app.ts";
import { urlOf } from "../support/database.ts";
import { applicationRecord, importRecords, makeKey, makeProgram } from "../support/factories.ts";
import { startServerProcess } from "../support/server-process.ts";

test("writes that wait for a lock delay no reader, and a write answered with 503 doesn't happen later", async () => {
  const home = await startTestApp();
  await makeProgram(home);
  await importRecords(home, [applicationRecord(1)]);
  const now = new Date();
  const valid = { now, expiration: addDays(localDate(now, zone), 30), subnet: "127.0.0.0/8" };
  const writer = await makeKey(home, { ...valid, permission: "WRITE" });
  const reader = await makeKey(home, valid);
  const server = await startServerProcess(urlOf(home.database.target));
  const list = "/api/v1/admin/programs/snow-removal/applications";
  const setStatus = async () => {
    const answer = await server.call(`${list}/1/status`, writer.token, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ status: "Approved" }),
    });
    return answer.status;
  };
  const statuses = await home.database.client.begin(async (tx) => {
    await tx`select from applications for update`;
    const waiting = Promise.all(Array.from({ length: 12 }, setStatus));
    await Bun.sleep(300);
    const reads = Array.from({ length: 8 }, () => server.call(list, reader.token));
    expect((await Promise.all(reads)).map(({ status }) => status)).toEqual(Array(8).fill(200));
    return waiting;
  });
  expect(statuses).toEqual(Array(12).fill(503));
  await Bun.sleep(500);
  const [row] = await home.database.client`select status from applications`;
  expect(row?.status).not.toBe("Approved");
  expect(await setStatus()).toBe(200);
  await server.end("SIGTERM");
  await home.close();
}, 60_000);
