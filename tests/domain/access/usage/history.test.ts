import { afterAll, beforeAll, expect, test } from "bun:test";
import { listDailyCalls, listHistoryDays } from "../../../../src/domain/access/usage/history.ts";
import { noAssets, noon, startTestApp, type TestApp } from "../../../support/app.ts";
import { makeKey, makeProgram } from "../../../support/factories.ts";

let app: TestApp;
const today = "2026-01-15";

beforeAll(async () => {
  app = await startTestApp({ assets: noAssets });
  await makeProgram(app);
});
afterAll(() => app.close());

test("the history has the thirty days up to today, also across months and years", () => {
  const days = listHistoryDays(today);
  expect(days).toHaveLength(30);
  expect([days[0], days.at(-1)]).toEqual(["2025-12-17", today]);
  expect(days).toEqual(days.toSorted());
  expect(listHistoryDays("2024-03-01")).toContain("2024-02-29");
});

test("every key has every day, even without a call, and calls count on the day of the instance's time zone", async () => {
  const { apiKey, token } = await makeKey(app);
  const { apiKey: unused } = await makeKey(app);
  // The evening in Los Angeles is the next day in UTC.
  for (const at of ["2026-01-15T07:59:00Z", "2026-01-15T08:00:00Z", "2026-01-16T07:59:00Z"]) {
    app.now = new Date(at);
    await app.call("/api/v1/checkAuth", token);
  }
  app.now = noon;
  await app.usage.flush();
  const calls = await listDailyCalls(app.database.db, {
    apiKeys: [apiKey, unused],
    today,
  });
  expect([...calls.keys()]).toEqual([apiKey.id, unused.id]);
  const days = calls.get(apiKey.id) ?? [];
  expect(days.map(({ day }) => day)).toEqual(listHistoryDays(today));
  expect(days.filter(({ callCount }) => callCount > 0)).toEqual([
    { day: "2026-01-14", callCount: 1 },
    { day: "2026-01-15", callCount: 2 },
  ]);
  expect(calls.get(unused.id)?.every(({ callCount }) => callCount === 0)).toBeTrue();
});

test("the history leaves out older days and other keys", async () => {
  const { apiKey } = await makeKey(app);
  const { client, db } = app.database;
  await client`insert into api_key_daily_calls (api_key_id, day, call_count) values
    (${apiKey.id}, '2025-12-16', 5), (${apiKey.id}, '2025-12-17', 7), (${apiKey.id}, '2026-01-16', 9)`;
  const calls = await listDailyCalls(db, { apiKeys: [apiKey], today });
  expect(calls.get(apiKey.id)?.filter(({ callCount }) => callCount > 0)).toEqual([{ day: "2025-12-17", callCount: 7 }]);
  expect(await listDailyCalls(db, { apiKeys: [], today })).toEqual(new Map());
});
