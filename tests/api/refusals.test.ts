import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { retireApiKey } from "../../src/domain/access/keys/retire.ts";
import { type Refusal, refusalListing } from "../../src/domain/access/refusals/list.ts";
import { readFirst } from "../../src/lib/keyset.ts";
import { noon, startTestApp, type TestApp } from "../support/app.ts";
import { actor, makeKey, makeProgram } from "../support/factories.ts";

let app: TestApp;
let good: Awaited<ReturnType<typeof makeKey>>;
let retired: Awaited<ReturnType<typeof makeKey>>;
const pattern = "/api/v1/admin/programs/:programSlug/applications";
const list = pattern.replace(":programSlug", "snow-removal");

beforeAll(async () => {
  app = await startTestApp();
  await makeProgram(app);
  await makeProgram(app, { id: 2, adminName: "other-program" });
  good = await makeKey(app);
  retired = await makeKey(app, { keyName: "Old one" });
  await retireApiKey(app.database.db, { keyId: retired.keyId, actor, now: noon });
});
beforeEach(async () => {
  app.peer = "203.0.113.7";
  app.now = noon;
  await app.database.client`truncate refusals, api_key_daily_refusals`;
});
afterAll(() => app.close());

const basic = (text: string) => Buffer.from(text).toString("base64");

async function keptRefusals(): Promise<readonly Refusal[]> {
  await app.refusals.flush();
  return readFirst(refusalListing(app.database.db, { actor, filter: {} }), 100);
}

async function keptRefusal(): Promise<Refusal | undefined> {
  const kept = await keptRefusals();
  expect(kept).toHaveLength(1);
  return kept[0];
}

describe("every refused call is recorded with", () => {
  test("its reason, its key, its address, its route and its request id", async () => {
    app.peer = "198.51.100.7";
    const response = await app.call(list, good.token, { headers: { "x-request-id": "r-1" } });
    expect(response.status).toBe(401);
    expect(await keptRefusal()).toMatchObject({
      reason: "outside_subnet",
      key: { name: "Case management", keyId: good.keyId },
      address: "198.51.100.7",
      route: list,
      lastRequestId: "r-1",
      lastAt: noon,
      callCount: 1,
      fingerprint: null,
    });
  });

  const wanted: Record<string, { token: () => string; path?: string; kept: object; at?: Date }> = {
    "an empty credential": {
      token: () => "",
      kept: { reason: "malformed_credentials", key: null, fingerprint: expect.any(String) },
    },
    "an unknown key id": {
      token: () => basic("cvk_nobody:secret"),
      kept: {
        reason: "unknown_key",
        key: null,
        fingerprint: expect.stringMatching(/^[0-9a-f]{16}$/),
      },
    },
    "a wrong secret": {
      token: () => basic(`${good.keyId}:wrong`),
      kept: { reason: "wrong_secret", key: { name: "Case management" }, fingerprint: null },
    },
    "a retired key": {
      token: () => retired.token,
      kept: {
        reason: "retired",
        key: { name: "Old one", retiredAt: noon, retiredBy: actor.name },
      },
    },
    "an expired key": {
      token: () => good.token,
      at: new Date("2026-03-01T00:00:00Z"),
      kept: { reason: "expired", key: { name: "Case management" } },
    },
    "no grant": {
      token: () => good.token,
      path: list.replace("snow-removal", "other-program"),
      kept: { reason: "no_grant", route: list.replace("snow-removal", "other-program") },
    },
    "no grant on a program that does not exist": {
      token: () => good.token,
      path: list.replace("snow-removal", "nothing-like-it"),
      kept: { reason: "no_grant", route: pattern },
    },
    "a path that does not exist": {
      token: () => retired.token,
      path: "/api/v1/nothing/cvs_pasted",
      kept: { reason: "retired", route: "none" },
    },
  };
  for (const [name, { token, path = list, kept, at = noon }] of Object.entries(wanted)) {
    test(`the reason of ${name}`, async () => {
      app.now = at;
      expect((await app.call(path, token())).status).toBe(401);
      expect(await keptRefusal()).toMatchObject(kept);
    });
  }

  test("the reason of a call without any header", async () => {
    expect((await app.request(list)).status).toBe(401);
    expect(await keptRefusal()).toMatchObject({
      reason: "missing_credentials",
      key: null,
      fingerprint: null,
    });
  });
});

describe("the record of a refused call", () => {
  test("has the same fingerprint for the same unknown text, and nothing of the text itself", async () => {
    const pasted = good.secret;
    for (const text of [pasted, pasted, "another"]) await app.call(list, basic(`${text}:x`));
    await app.request(list, { headers: { authorization: `Bearer ${good.token}` } });
    const kept = await keptRefusals();
    const counts = kept.map(({ reason, callCount }) => `${reason} ${callCount}`);
    expect(counts.toSorted()).toEqual(["malformed_credentials 1", "unknown_key 1", "unknown_key 2"]);
    const everything = JSON.stringify([kept, app.logLines]);
    expect(everything).not.toContain(good.secret);
    expect(everything).not.toContain(good.token);
    expect(app.logLines.at(-1)).toMatchObject({ fingerprint: expect.any(String) });
  });

  test("has no part of a path, which may be a pasted secret, in any spelling", async () => {
    for (const text of [good.secret, good.token, good.secret.toLowerCase(), "a%2Fb", "..%2f"]) {
      await app.call(list.replace("snow-removal", text), good.token);
      await app.request(`/api/v1/${text}`);
      await app.request(`/api/v1/admin/programs/${text}`);
    }
    await app.refusals.flush();
    const rows = await app.database.client`select distinct route from refusals order by 1`;
    expect(rows.map(({ route }) => route)).toEqual([pattern, "none"]);
  });

  test("exists only for 401 answers", async () => {
    expect((await app.call(list, good.token)).status).toBe(200);
    expect((await app.call(`${list}?pageSize=nonsense`, good.token)).status).toBe(400);
    expect((await app.call("/api/v1/nothing", good.token)).status).toBe(404);
    expect((await app.request("/nothing")).status).toBe(404);
    expect(await keptRefusals()).toEqual([]);
  });

  test("is written in the background: no call waits for it", async () => {
    const { client } = app.database;
    await client.begin(async (sql) => {
      await sql`lock table refusals in access exclusive mode`;
      await app.request(list);
      void app.refusals.flush();
      // A call that waited for it would wait for ever.
      for (let call = 0; call < 20; call += 1) await app.request(list);
    });
    await app.refusals.flush();
    expect(await keptRefusal()).toMatchObject({ callCount: 21 });
  });
});
