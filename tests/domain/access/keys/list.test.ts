import { afterAll, beforeAll, expect, test } from "bun:test";
import fc from "fast-check";
import type { ApiKeyState } from "../../../../src/domain/access/keys/find.ts";
import { type ApiKeyFilter, apiKeyListing } from "../../../../src/domain/access/keys/list.ts";
import { type ApiKeyOrder, apiKeySorts } from "../../../../src/domain/access/keys/order.ts";
import { type KeyReader, permit } from "../../../../src/domain/access/people/roles.ts";
import { readFirst, readPage } from "../../../../src/lib/keyset.ts";
import { noAssets, noon, startTestApp, type TestApp } from "../../../support/app.ts";
import { actor, makeKey, makeProgram } from "../../../support/factories.ts";
import { walkPages } from "../../../support/page-walk.ts";

let app: TestApp;
const keysMade = 40;

beforeAll(async () => {
  app = await startTestApp({ assets: noAssets });
  await makeProgram(app);
  for (let index = 0; index < keysMade; index += 1) await makeKey(app);
  // Many keys are alike, some differ by less than a millisecond, and some were never used.
  const { client } = app.database;
  await client`
    update api_keys set
      name = (array['alpha', 'Alpha', 'ünder', 'İstanbul', 'beta 100%', 'z.1'])[1 + id % 6],
      expiration = timestamptz '2026-02-01' + (id % 5) * interval '1 microsecond',
      retired_at = case when id % 7 = 0 then now() end, retired_by = case when id % 7 = 0 then 'ada' end`;
  await client`
    insert into api_key_usage (api_key_id, call_count, last_used_at)
    select id, id % 4, case when id % 3 = 0 then null else timestamptz '2026-01-10' + (id % 4) * interval '1 microsecond' end
    from api_keys where id % 5 <> 0`;
});
afterAll(() => app.close());

const listing = (input: { filter: ApiKeyFilter; order?: ApiKeyOrder }, reader: KeyReader = actor) =>
  apiKeyListing(app.database.db, { actor: reader, ...input });

const orders: ApiKeyOrder[] = apiKeySorts.flatMap((by) => [
  { by, isDescending: false },
  { by, isDescending: true },
]);

const anyWalk = fc.record({
  order: fc.constantFrom(...orders),
  limit: fc.integer({ min: 9, max: 19 }),
  state: fc.constantFrom<ApiKeyState | undefined>(undefined, "active", "retired"),
  search: fc.constantFrom("", "a", "203.0"),
});

const idsOf = (keys: readonly { readonly id: number }[]) => keys.map(({ id }) => id);

test("shows every key once on the pages of every order, forward and back, and says how many come before", async () => {
  await fc.assert(
    fc.asyncProperty(anyWalk, async ({ order, limit, state, search }) => {
      const filter: ApiKeyFilter = { now: noon, search, ...(state ? { state } : {}) };
      await walkPages(listing({ filter, order }), limit);
    }),
    { numRuns: 10 },
  );
});

test("sorts by what it says", async () => {
  const valuesOf = async (order: ApiKeyOrder) => {
    const apiKeys = await readFirst(listing({ filter: { now: noon }, order }), 1000);
    return apiKeys.map((key) => ({
      created: key.id,
      expires: key.expiration.getTime(),
      lastUsed: key.lastUsedAt?.getTime() ?? 0,
      calls: key.callCount ?? -1,
      name: key.name,
    }));
  };
  for (const by of ["created", "expires", "lastUsed", "calls"] as const) {
    const values = (await valuesOf({ by, isDescending: false })).map((key) => key[by]);
    expect(values).toHaveLength(keysMade);
    expect(values).toEqual(values.toSorted((a, b) => a - b));
  }
  const names = (await valuesOf({ by: "name", isDescending: true })).map(({ name }) => name.toLowerCase());
  expect(names[0]).not.toBe("alpha");
  expect(names.at(-1)).toBe("alpha");
});

test("goes on where a page ended, whatever became of its last key", async () => {
  const { client } = app.database;
  const order: ApiKeyOrder = { by: "calls", isDescending: true };
  const list = listing({ filter: { now: noon }, order });
  const first = await readPage(list, { limit: 10 });
  const all = idsOf(await readFirst(list, 1000));
  await client`update api_key_usage set call_count = 1000000 where api_key_id = ${first.next?.id ?? 0}`;
  const second = await readPage(list, { after: first.next, limit: 10 });
  expect(idsOf(second.rows)).toEqual(all.slice(10, 20));
});

test("hides how often a key is used, in its place too, from those who may not see all of its programs", async () => {
  const { client } = app.database;
  await makeProgram(app, { id: 2, adminName: "food-vouchers" });
  const { apiKey } = await makeKey(app, {
    grants: [
      { slug: "snow-removal", permission: "READ" },
      { slug: "food-vouchers", permission: "READ" },
    ],
  });
  await client`insert into api_key_usage (api_key_id, call_count, last_used_at) values (${apiKey.id}, 4711, now())`;
  const [program] = await client<
    { id: string; slug: string }[]
  >`select id, slug from programs where slug = 'food-vouchers'`;
  const held = { id: Number(program?.id), slug: program?.slug ?? "" };
  const reader = permit(actor, { roles: [{ role: "program_admin", program: held }], right: "see keys" });
  for (const by of ["calls", "lastUsed"] as const) {
    const list = listing({ filter: { now: noon }, order: { by, isDescending: true } }, reader);
    const rows = await readFirst(list, 10);
    expect(rows.map(({ id, callCount, placeValue }) => [id, callCount, placeValue])).toEqual([[apiKey.id, null, "0"]]);
  }
});
