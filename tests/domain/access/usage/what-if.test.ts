import { afterAll, beforeAll, expect, test } from "bun:test";
import type { ApiKey } from "../../../../src/domain/access/keys/find.ts";
import { listAddressCalls, listProgramCalls } from "../../../../src/domain/access/usage/breakdown.ts";
import { countRefusedIf } from "../../../../src/domain/access/usage/what-if.ts";
import { noAssets, noon, startTestApp, type TestApp } from "../../../support/app.ts";
import { actor, makeKey, makeProgram, makeWideKey } from "../../../support/factories.ts";

const today = "2026-01-15";
const wholeRead = { slug: "snow-removal", permission: "READ" } as const;
let app: TestApp;
let apiKey: ApiKey;

/** From 203.0.113.7: 5 reads of snow removal. From .8: 2 of food vouchers. From 198.51.100.1: 3 checks of the credentials. */
beforeAll(async () => {
  app = await startTestApp({ assets: noAssets });
  await makeProgram(app);
  await makeProgram(app, { id: 2, adminName: "food-vouchers", name: "Food vouchers" });
  const key = await makeWideKey(app);
  apiKey = key.apiKey;
  const call = async (address: string, path: string, count: number, day = noon) => {
    app.peer = address;
    app.now = day;
    for (let number = 0; number < count; number += 1) expect((await app.call(path, key.token)).status).toBe(200);
    app.now = noon;
  };
  const list = (slug: string) => `/api/v1/admin/programs/${slug}/applications`;
  await call("203.0.113.7", list("snow-removal"), 4);
  await call("203.0.113.7", list("snow-removal"), 1, new Date("2026-01-10T20:00:00Z"));
  await call("203.0.113.8", list("food-vouchers"), 2);
  await call("198.51.100.1", "/api/v1/checkAuth", 3);
  await app.usage.flush();
  const { client } = app.database;
  // The day before the 30 days.
  await client`insert into api_key_daily_calls values (${apiKey.id}, '2025-12-16', 50)`;
  await client`insert into api_key_address_calls values (${apiKey.id}, '2025-12-16', '203.0.113.9', 50, now(), now())`;
});
afterAll(() => app.close());

test("calls are listed by program and permission, and by address with their first and last times", async () => {
  const { db } = app.database;
  expect(await listProgramCalls(db, { apiKeyId: apiKey.id, actor, today })).toEqual([
    { ...wholeRead, programName: "snow-removal", callCount: 5, lastDay: today },
    { slug: "food-vouchers", permission: "READ", programName: "Food vouchers", callCount: 2, lastDay: today },
  ]);
  const ofOne = { ...actor, programs: [{ id: 2, slug: "food-vouchers" }] };
  expect(await listProgramCalls(db, { apiKeyId: apiKey.id, actor: ofOne, today })).toHaveLength(1);
  expect(await listAddressCalls(db, { apiKey, today })).toEqual([
    { address: "203.0.113.7", callCount: 5, firstAt: new Date("2026-01-10T20:00:00Z"), lastAt: noon },
    { address: "198.51.100.1", callCount: 3, firstAt: noon, lastAt: noon },
    { address: "203.0.113.8", callCount: 2, firstAt: noon, lastAt: noon },
  ]);
  expect(await listAddressCalls(db, { apiKey: { ...apiKey, callCount: null }, today })).toEqual([]);
});

const whole = { subnets: ["203.0.113.0/24", "198.51.100.0/24"], grants: () => apiKey.grants };
const onlySnow = () => apiKey.grants.filter(({ slug }) => slug === "snow-removal");
const cases: readonly [string, readonly string[], () => ApiKey["grants"], number, number][] = [
  ["nothing is taken away", whole.subnets, whole.grants, 0, 0],
  ["a subnet becomes smaller than its callers", ["203.0.113.7/32", "198.51.100.0/24"], whole.grants, 2, 2],
  ["a subnet becomes as small as its callers", ["203.0.113.0/28", "198.51.100.1/32"], whole.grants, 0, 0],
  ["a subnet goes", ["203.0.113.0/24"], whole.grants, 3, 3],
  ["grants go", whole.subnets, onlySnow, 2, 2],
  ["a subnet and a grant go, perhaps of the same calls", ["203.0.113.0/24"], onlySnow, 3, 5],
];
test.each(cases)("how many calls would have been refused if %s", async (_, subnets, grants, refusedMin, refusedMax) => {
  const asked = { apiKey, keeps: { subnets, grants: grants() }, today };
  expect(await countRefusedIf(app.database.db, asked)).toEqual({ callCount: 10, refusedMin, refusedMax });
});

test("calls that were not counted by address may have been refused, and nothing is said of a key that is not to be seen", async () => {
  const { db, client } = app.database;
  await client`insert into api_key_daily_calls values (${apiKey.id}, '2026-01-02', 100)`;
  await client`insert into api_key_address_calls values (${apiKey.id}, '2026-01-02', '0.0.0.0/0', 40, now(), now())`;
  const keeps = { subnets: ["203.0.113.0/24"], grants: apiKey.grants };
  expect(await countRefusedIf(db, { apiKey, keeps, today })).toEqual({
    callCount: 110,
    refusedMin: 3,
    refusedMax: 103,
  });
  const all = { subnets: apiKey.subnets, grants: apiKey.grants };
  expect(await countRefusedIf(db, { apiKey, keeps: all, today })).toMatchObject({ refusedMin: 0, refusedMax: 0 });
  expect(await countRefusedIf(db, { apiKey: { ...apiKey, callCount: null }, keeps, today })).toBeUndefined();
});

test("calls from all other addresses come last, without an address", async () => {
  const { apiKey: roaming } = await makeKey(app);
  const { client, db } = app.database;
  await client`insert into api_key_address_calls values (${roaming.id}, ${today}, '0.0.0.0/0', 40, now(), now())`;
  app.usage.record({ apiKeyId: roaming.id, address: "10.0.0.1", at: noon });
  await app.usage.flush();
  expect(await listAddressCalls(db, { apiKey: roaming, today })).toMatchObject([
    { address: "10.0.0.1", callCount: 1 },
    { address: null, callCount: 40 },
  ]);
});
