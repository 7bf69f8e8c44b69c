import { afterAll, beforeAll, expect, test } from "bun:test";
import { seedDemo } from "../../src/demo/seed.ts";
import { noAssets, noon, salts, startTestApp, type TestApp, zone } from "../support/app.ts";
import { actor } from "../support/factories.ts";

let app: TestApp;

beforeAll(async () => {
  app = await startTestApp({ assets: noAssets });
});
afterAll(() => app.close());

test("the demo has three programs and eight keys with a month of traffic, once", async () => {
  const seed = () => seedDemo(app.database.db, { count: 3, salts, zone, actor, now: noon });
  await seed();
  expect(await seed()).toMatchObject({ inserted: 0, unchanged: 3 });
  const [found] = await app.database.client`
    select (select count(*) from programs)::int as programs, count(*)::int as keys,
      count(*) filter (where retired_at is not null)::int as retired,
      count(*) filter (where expiration < ${noon.toISOString()})::int as expired,
      count(*) filter (where expiration between ${noon.toISOString()} and ${noon.toISOString()}::timestamptz + interval '1 day')::int as tomorrow,
      (select count(distinct day) from api_key_daily_calls)::int as days,
      (select count(*) from refusals)::int as refusals
    from api_keys`;
  expect(found).toEqual({ programs: 3, keys: 8, retired: 1, expired: 1, tomorrow: 1, days: 30, refusals: 13 });
});
