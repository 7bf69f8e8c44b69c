import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createUsageRecorder } from "../../../../src/domain/access/usage/recorder.ts";
import { noAssets, startTestApp, type TestApp, zone } from "../../../support/app.ts";
import { makeLocalKey, makeProgram } from "../../../support/factories.ts";

let home: TestApp;

let programId: number;

beforeAll(async () => {
  home = await startTestApp({ assets: noAssets });
  await makeProgram(home);
  const [program] = await home.database.client<{ id: number }[]>`select id::int from programs`;
  programId = program?.id ?? 0;
});
afterAll(() => home.close());

const newKey = () => makeLocalKey(home);

async function usageOf(apiKeyId: number) {
  const [row] = await home.database.client`
    select coalesce(u.call_count, 0)::int as calls, host(u.last_used_address) as address,
      (extract(epoch from u.last_used_at) * 1000)::float8 as last_used_ms,
      coalesce((select sum(call_count) from api_key_daily_calls where api_key_id = ${apiKeyId}), 0)::int
        as daily,
      coalesce((select sum(call_count) from api_key_address_calls where api_key_id = ${apiKeyId}), 0)::int
        as by_address,
      coalesce((select sum(call_count) from api_key_program_calls where api_key_id = ${apiKeyId}), 0)::int
        as by_grant
    from (select 1) one left join api_key_usage u on u.api_key_id = ${apiKeyId}`;
  return {
    ...{ calls: row?.calls, address: row?.address, lastUsedMs: row?.last_used_ms, daily: row?.daily },
    ...{ byAddress: row?.by_address, byGrant: row?.by_grant },
  };
}

describe("several writers of usage", () => {
  const newRecorder = () =>
    createUsageRecorder({
      client: home.database.client,
      zone,
      report: (error) => {
        throw error;
      },
    });

  test("count every call once, without deadlocks", async () => {
    const keys = await Promise.all([newKey(), newKey(), newKey()]);
    const ids = keys.map(({ apiKey }) => apiKey.id);
    const at = new Date();
    await Promise.all(
      Array.from({ length: 8 }, async (_, index) => {
        const recorder = newRecorder();
        for (let round = 0; round < 20; round += 1) {
          for (const apiKeyId of index % 2 === 0 ? ids : ids.toReversed()) {
            recorder.record({ apiKeyId, address: `127.0.0.${index > 3 ? round : 20 - round}`, at });
            recorder.recordGrant({ apiKeyId, programId, permission: round % 2 === 0 ? "READ" : "WRITE", at });
          }
          await recorder.flush();
        }
        await recorder.close();
      }),
    );
    const all = { calls: 160, daily: 160, byAddress: 160, byGrant: 160 };
    for (const id of ids) expect(await usageOf(id)).toMatchObject(all);
  }, 30_000);

  test("keep the latest call's time and address, whoever writes last", async () => {
    const { apiKey } = await newKey();
    const early = new Date("2026-01-15T20:00:00Z");
    const late = new Date("2026-01-15T20:00:01Z");
    const [first, second] = [newRecorder(), newRecorder()];
    first.record({ apiKeyId: apiKey.id, address: "10.0.0.2", at: late });
    first.record({ apiKeyId: apiKey.id, address: "10.0.0.1", at: early });
    await first.close();
    second.record({ apiKeyId: apiKey.id, address: "10.0.0.3", at: early });
    await second.close();
    expect(await usageOf(apiKey.id)).toMatchObject({
      calls: 3,
      address: "10.0.0.2",
      lastUsedMs: late.getTime(),
    });
  });

  test("write what failed on the next try, without losing a call or counting it twice", async () => {
    const { apiKey } = await newKey();
    const problems: unknown[] = [];
    const { client } = home.database;
    const recorder = createUsageRecorder({ client, zone, report: (error) => problems.push(error) });
    const record = () => {
      recorder.record({ apiKeyId: apiKey.id, address: "10.0.0.1", at: new Date() });
      recorder.recordGrant({ apiKeyId: apiKey.id, programId, permission: "READ", at: new Date() });
    };
    await client`alter table api_key_daily_calls rename to api_key_daily_calls_away`;
    record();
    await recorder.flush();
    record();
    await recorder.flush();
    expect(problems.length).toBeGreaterThanOrEqual(2);
    await client`alter table api_key_daily_calls_away rename to api_key_daily_calls`;
    record();
    await recorder.close();
    expect(await usageOf(apiKey.id)).toMatchObject({ calls: 3, daily: 3, byAddress: 3, byGrant: 3 });
  });

  test("skip a key and a program that no longer exist, and count the others", async () => {
    const { apiKey } = await newKey();
    const recorder = newRecorder();
    const at = new Date();
    for (const apiKeyId of [apiKey.id, 999_999]) {
      recorder.record({ apiKeyId, address: "10.0.0.1", at });
      for (const id of [programId, 999_999]) recorder.recordGrant({ apiKeyId, programId: id, permission: "READ", at });
    }
    await recorder.close();
    expect(await usageOf(apiKey.id)).toMatchObject({ calls: 1, byAddress: 1, byGrant: 1 });
  });
});
