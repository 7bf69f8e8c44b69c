import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { listDailyRefusals, refusalListing } from "../../../../src/domain/access/refusals/list.ts";
import { createRefusalRecorder } from "../../../../src/domain/access/refusals/recorder.ts";
import type { RefusedCall } from "../../../../src/domain/access/refusals/tallies.ts";
import { readFirst } from "../../../../src/lib/keyset.ts";
import { noAssets, noon, startTestApp, type TestApp, zone } from "../../../support/app.ts";
import { actor, makeKey, makeProgram } from "../../../support/factories.ts";
import { walkPages } from "../../../support/page-walk.ts";
import { sampleRefusedCall } from "../../../support/refusal-samples.ts";

let app: TestApp;
let apiKeyId: number;
const list = "/api/v1/admin/programs/:programSlug/applications";

beforeAll(async () => {
  app = await startTestApp({ assets: noAssets });
  await makeProgram(app);
  apiKeyId = (await makeKey(app)).apiKey.id;
});
afterAll(() => app.close());

const problems: unknown[] = [];
const newRecorder = () =>
  createRefusalRecorder({
    client: app.database.client,
    zone,
    report: (error) => problems.push(error),
  });
const refusedCall = (given: Partial<RefusedCall> = {}) =>
  sampleRefusedCall({ at: noon, apiKeyId, route: list, ...given });
async function keep(calls: readonly RefusedCall[], recorder = newRecorder()): Promise<void> {
  for (const call of calls) recorder.record(call);
  await recorder.close();
  expect(problems).toEqual([]);
}
const clear = () => app.database.client`truncate refusals, api_key_daily_refusals`;
const listAll = (filter = {}) => readFirst(refusalListing(app.database.db, { actor, filter }), 100);

describe("kept refusals", () => {
  test("share one row a minute across processes, which keeps the newest request ID", async () => {
    await clear();
    const at = (seconds: number) => new Date(noon.getTime() + seconds * 1000);
    await keep([refusedCall({ at: at(5) }), refusedCall({ at: at(40), requestId: "newest" })]);
    await keep([refusedCall({ at: at(20), requestId: "late writer" })]);
    await keep([refusedCall({ at: at(61), requestId: "next minute" })]);
    expect(await listAll()).toMatchObject([
      { callCount: 1, lastRequestId: "next minute" },
      { callCount: 3, lastRequestId: "newest", lastAt: at(40), address: "198.51.100.7" },
    ]);
  });

  test("are counted exactly when many processes write the same rows at once", async () => {
    await clear();
    const calls = ["a", "b", "c", "d"].flatMap((requestId) => [
      refusedCall({ requestId }),
      refusedCall({ requestId, reason: "no_grant" }),
      refusedCall({ requestId, reason: "unknown_key", apiKeyId: undefined, fingerprint: "f" }),
    ]);
    await Promise.all(
      Array.from({ length: 8 }, (_, index) => keep(index % 2 === 0 ? calls : calls.toReversed(), newRecorder())),
    );
    const counts = (await listAll()).map(({ reason, callCount }) => `${reason} ${callCount}`);
    expect(counts.toSorted()).toEqual(["no_grant 32", "outside_subnet 32", "unknown_key 32"]);
  });

  test("keep a slug only if a program has it, and no other text of the path", async () => {
    await clear();
    await keep([
      refusedCall({ slug: "snow-removal" }),
      refusedCall({ slug: "cvs-a-pasted-secret" }),
      refusedCall({ slug: "another-pasted-secret" }),
    ]);
    const rows = await listAll();
    expect(rows.map(({ route, callCount }) => [route, callCount]).toSorted()).toEqual([
      [list, 2],
      ["/api/v1/admin/programs/snow-removal/applications", 1],
    ]);
    const dump = JSON.stringify(await app.database.client`select * from refusals`);
    expect(dump).not.toContain("pasted");
  });

  test("come with what a page shows of the key, and never with its hash", async () => {
    await clear();
    await keep([refusedCall(), refusedCall({ apiKeyId: undefined, reason: "unknown_key" })]);
    const rows = await listAll();
    expect(rows.map(({ key }) => key?.name)).toEqual([undefined, "Case management"]);
    expect(JSON.stringify(rows)).not.toContain("Hash");
    expect(rows[1]?.key).toMatchObject({ id: apiKeyId, subnets: ["203.0.113.0/24"] });
  });

  test("of a key that is gone do not keep others from being written", async () => {
    await clear();
    await keep([refusedCall({ apiKeyId: 999_999 }), refusedCall()]);
    expect(await listAll()).toHaveLength(1);
  });

  test("are written later, and once, when a write fails", async () => {
    await clear();
    await app.database.client`alter table refusals rename to refusals_away`;
    const recorder = newRecorder();
    recorder.record(refusedCall());
    await recorder.flush();
    expect(problems.splice(0)).toHaveLength(1);
    await app.database.client`alter table refusals_away rename to refusals`;
    await keep([refusedCall()], recorder);
    expect(await listAll()).toMatchObject([{ callCount: 2 }]);
  });
});

describe("a list of refusals", () => {
  test("has every row of a filter exactly once over all pages", async () => {
    await clear();
    const calls = Array.from({ length: 55 }, (_, index) =>
      refusedCall({ address: `198.51.100.${index}`, ...(index % 5 ? {} : { reason: "retired" }) }),
    );
    await keep(calls);
    const list = refusalListing(app.database.db, { actor, filter: { reason: "outside_subnet" } });
    const seen = (await walkPages(list, 10)).map(({ id }) => id);
    expect(seen).toEqual([...new Set(seen)].toSorted((a, b) => b - a));
    expect(seen).toHaveLength(44);
  });

  test("can be searched by address, subnet, request ID, fingerprint, key ID and name", async () => {
    await clear();
    await keep([
      refusedCall({ requestId: "abc-1" }),
      refusedCall({ address: "2001:db8::1", requestId: "abc-2", reason: "unknown_key" }),
      refusedCall({ apiKeyId: undefined, address: "192.0.2.1", fingerprint: "9f86d081884c7d65" }),
    ]);
    const [key] = await app.database.client`select key_id from api_keys`;
    const counts: Record<string, number> = {};
    const searches = ["198.51.100.7", "198.51.100.0/24", "2001:DB8:0::1", "2001:db8::/32", "abc-2"];
    for (const search of [...searches, "9f86d081884c7d65", key?.key_id, "case MAN", "%", "x' or"]) {
      counts[search === key?.key_id ? "key id" : search] = (await listAll({ search })).length;
    }
    expect(counts).toEqual({
      "198.51.100.7": 1,
      "198.51.100.0/24": 1,
      "2001:DB8:0::1": 1,
      "2001:db8::/32": 1,
      "abc-2": 1,
      "9f86d081884c7d65": 1,
      "key id": 2,
      "case MAN": 2,
      "%": 0,
      "x' or": 0,
    });
  });

  test("counts calls per reason and day of the instance's time zone", async () => {
    await clear();
    const at = (iso: string) => ({ at: new Date(iso) });
    await keep([
      refusedCall(at("2026-01-15T07:59:59Z")),
      refusedCall(at("2026-01-15T08:00:00Z")),
      refusedCall({ ...at("2026-01-15T09:00:00Z"), reason: "expired" }),
      refusedCall({ ...at("2026-01-15T09:30:00Z"), reason: "expired", address: "192.0.2.9" }),
      refusedCall({ apiKeyId: undefined, reason: "missing_credentials" }),
    ]);
    const days = await listDailyRefusals(app.database.db, { actor, apiKeyId, since: "2026-01-14", zone });
    expect(days).toEqual([
      { day: "2026-01-15", reason: "expired", callCount: 2 },
      { day: "2026-01-15", reason: "outside_subnet", callCount: 1 },
      { day: "2026-01-14", reason: "outside_subnet", callCount: 1 },
    ]);
    const later = await listDailyRefusals(app.database.db, { actor, apiKeyId, since: "2026-01-15", zone });
    expect(later).toHaveLength(2);
  });
});
