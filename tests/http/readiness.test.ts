import { afterAll, beforeAll, expect, test } from "bun:test";
import { renderHeadsIn } from "../../src/domain/applications/stored/all-heads.ts";
import { startTestApp, type TestApp, zone } from "../support/app.ts";
import { urlOf } from "../support/database.ts";
import { applicationRecord, importRecords, makeProgram } from "../support/factories.ts";
import { startServerInProcess } from "../support/server-in-process.ts";

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
  await makeProgram(app);
  await makeProgram(app, { id: 2, adminName: "other-program" });
  await importRecords(app, [applicationRecord(1)]);
});
afterAll(() => app.close());

const ready = async () => {
  const response = await app.request("/readyz");
  return [response.status, await response.json()];
};
const failing = [503, { status: "failing", check: "applications" }];

test("/readyz names the applications until every one is in the configured zone", async () => {
  const { db } = app.database;
  const { signal } = new AbortController();
  await renderHeadsIn(db, { zone: "Asia/Kolkata", signal, onProgress: () => {} });
  expect(await ready()).toEqual(failing);
  const stopping = new AbortController();
  const stopped = renderHeadsIn(db, {
    ...{ zone, signal: stopping.signal },
    onProgress: () => stopping.abort(),
  });
  await expect(stopped).rejects.toThrow();
  expect(await ready()).toEqual(failing);
  await renderHeadsIn(db, { zone, signal, onProgress: () => {} });
  expect(await ready()).toEqual([200, { status: "ok" }]);
});

test("a server that is stopped says so on /readyz while it still answers, so that a balancer sends nobody to it", async () => {
  const server = await startServerInProcess(urlOf(app.database.target), { SHUTDOWN_DELAY_SECONDS: "1" });
  expect((await server.call("/readyz")).status).toBe(200);
  const stopped = server.stop();
  const answer = await server.call("/readyz");
  expect([answer.status, await answer.json()]).toEqual([503, { status: "failing", check: "stopping" }]);
  expect((await server.call("/api/v1/checkAuth")).status).toBe(401);
  await stopped;
  await expect(server.call("/readyz")).rejects.toThrow();
});
