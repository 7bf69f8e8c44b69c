import { afterAll, beforeAll, expect, test } from "bun:test";
import { renderHeadsIn } from "../../src/domain/applications/stored/all-heads.ts";
import { startTestApp, type TestApp, zone } from "../support/app.ts";
import { applicationRecord, importRecords, makeProgram } from "../support/factories.ts";

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
