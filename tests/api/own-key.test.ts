import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { desc, eq } from "drizzle-orm";
import { auditEvents } from "../../src/db/schema.ts";
import { createRateLimits } from "../../src/http/api-guard/rate-limit.ts";
import { noAssets, noon, startTestApp, type TestApp } from "../support/app.ts";
import { makeKey, makeProgram, makeWideKey } from "../support/factories.ts";
import { createSchemaJudge } from "../support/openapi.ts";

const inside = "203.0.113.7";
const outside = "192.0.2.1";
let app: TestApp;
let findProblems: ReturnType<typeof createSchemaJudge>;

beforeAll(async () => {
  app = await startTestApp({
    assets: noAssets,
    limits: createRateLimits({ refusedPerMinute: 0, perKeyPerMinute: 100, anonymousPerMinute: 0 }),
  });
  await makeProgram(app);
  await makeProgram(app, { id: 2, adminName: "food-vouchers" });
  findProblems = createSchemaJudge(await readJson(await app.request("/docs/api/openapi.json")));
});
beforeEach(() => {
  app.now = noon;
  app.peer = inside;
});
afterAll(() => app.close());

const post = (path: string, token: string, body?: unknown, headers: Record<string, string> = {}) =>
  app.call(`/api/v1/key/${path}`, token, {
    method: "POST",
    ...(body === undefined
      ? {}
      : { body: JSON.stringify(body), headers: { "content-type": "application/json", ...headers } }),
  });
const readJson = async (response: Response) => JSON.parse(await response.text());
const isUsable = async (token: string) => (await app.call("/api/v1/checkAuth", token)).status === 200;
const eventsOf = (apiKeyId: number) =>
  app.database.db.select().from(auditEvents).where(eq(auditEvents.apiKeyId, apiKeyId)).orderBy(desc(auditEvents.id));
const expectDocumented = (name: string, value: unknown) => expect(findProblems(name, value)).toEqual([]);

test("a key is told what it can do, until when, from where, and what is left of its limit", async () => {
  const { apiKey, token } = await makeWideKey(app);
  const response = await app.call("/api/v1/key", token);
  expect([response.status, response.headers.get("cache-control")]).toEqual([200, "no-store"]);
  const answer = await readJson(response);
  expectDocumented("own_key", answer);
  expect(answer).toEqual({
    name: "Case management",
    keyId: apiKey.keyId,
    state: "active",
    expiration: "2026-02-14T08:00:00.000Z",
    subnets: ["203.0.113.0/24", "198.51.100.0/24"],
    grants: [
      { slug: "food-vouchers", permission: "READ", questions: { mode: "all", keys: [] } },
      { slug: "snow-removal", permission: "READ", questions: { mode: "all", keys: [] } },
      { slug: "snow-removal", permission: "WRITE", questions: { mode: "all", keys: [] } },
    ],
    yourAddress: inside,
    rateLimit: { limit: 100, remaining: 99, resetSeconds: 60 },
    renewUntil: "2026-06-30T07:00:00.000Z",
  });
  app.peer = outside;
  expect((await app.call("/api/v1/key", token)).status).toBe(401);
});

describe("retiring the own key", () => {
  const places: readonly [string, string, Date][] = [
    ["its subnet", inside, noon],
    ["outside its subnet", outside, noon],
    ["anywhere when it has expired", outside, new Date("2027-01-01T00:00:00Z")],
  ];
  test.each(places)(
    "works from %s, once and for good, and is audited with where it came from",
    async (_, peer, now) => {
      const { apiKey, token, keyId } = await makeKey(app);
      Object.assign(app, { peer, now });
      const response = await post("retire", token);
      expect([response.status, response.headers.get("cache-control")]).toEqual([200, "no-store"]);
      const answer = await readJson(response);
      expectDocumented("retired_key", answer);
      expect(answer).toMatchObject({ keyId, state: "retired" });
      expect((await post("retire", token)).status).toBe(401);
      Object.assign(app, { peer: inside, now: noon });
      expect(await isUsable(token)).toBeFalse();
      const [event] = await eventsOf(apiKey.id);
      expect(event).toMatchObject({ action: "api_key.retired", actor: `API key ${keyId}`, address: peer });
    },
  );

  test("needs the secret of a key that exists, and is no call of the key", async () => {
    const { apiKey, keyId, token } = await makeKey(app);
    const wrong = [`${keyId}:cvs_wrong`, "cvk_nobody:cvs_wrong", "nonsense"].map(btoa);
    for (const each of [...wrong, ""]) expect((await post("retire", each)).status).toBe(401);
    expect((await app.request("/api/v1/key/retire", { method: "POST" })).status).toBe(401);
    expect(await isUsable(token)).toBeTrue();
    await post("retire", token);
    await app.usage.flush();
    const [usage] = await app.database
      .client`select call_count::int as calls from api_key_usage where api_key_id = ${apiKey.id}`;
    expect(usage?.calls).toBe(1);
  });

  test("does not follow a form of another site, to which a browser adds credentials that it remembers", async () => {
    const { token } = await makeKey(app);
    for (const site of ["cross-site", "same-site", "none"]) {
      const init = { method: "POST", headers: { "sec-fetch-site": site }, body: new URLSearchParams() };
      const response = await app.call("/api/v1/key/retire", token, init);
      expect([site, response.status, await isUsable(token)]).toEqual([site, 403, true]);
    }
  });

  test("of two calls at once, one retires the key and the other is refused", async () => {
    const { apiKey, token } = await makeKey(app);
    const statuses = await Promise.all([1, 2, 3].map(async () => (await post("retire", token)).status));
    expect(statuses.toSorted()).toEqual([200, 401, 401]);
    expect((await eventsOf(apiKey.id)).filter(({ action }) => action === "api_key.retired")).toHaveLength(1);
  });

  const elsewhere: readonly [string, string][] = [
    ["GET", "/api/v1/key/retire"],
    ["PUT", "/api/v1/key/retire"],
    ["POST", "/api/v1/key/retire/x"],
    ["POST", "/api/v1/key//retire"],
    ["POST", "/api/v1/key/rotate"],
    ["POST", "/api/v1/key/retire/../rotate"],
    ["GET", "/api/v1/checkAuth?/api/v1/key/retire"],
  ];
  test.each(elsewhere)("opens no other door from outside the subnet: %s %s is refused", async (method, path) => {
    const { token } = await makeKey(app);
    app.peer = outside;
    expect((await app.call(path, token, { method })).status).toBe(401);
    app.peer = inside;
    expect(await isUsable(token)).toBeTrue();
  });
});

describe("rotating the own key", () => {
  const renewable = (renewUntil = "2026-12-31", more: Parameters<typeof makeKey>[1] = {}) =>
    makeKey(app, { renewUntil, ...more });

  test("gives a successor with the same access and lifetime, once, while the old key works for the grace", async () => {
    const { apiKey, keyId, token } = await renewable();
    app.now = new Date("2026-01-20T20:00:00Z");
    const response = await post("rotate", token, { graceHours: 24 }, { "idempotency-key": "one" });
    expect([response.status, response.headers.get("cache-control")]).toEqual([201, "no-store"]);
    const made = await readJson(response);
    expectDocumented("rotated_key", made);
    expect(made).toMatchObject({
      name: "Case management",
      state: "active",
      // As many days as the old one had.
      expiration: new Date(app.now.getTime() + apiKey.expiration.getTime() - noon.getTime()).toISOString(),
      renewUntil: "2026-12-31T08:00:00.000Z",
      predecessor: { keyId, expiration: "2026-01-21T20:00:00.000Z" },
    });
    expect(made.token).toBe(btoa(`${made.keyId}:${made.secret}`));
    const told = await readJson(await app.call("/api/v1/key", made.token));
    expect(told).toMatchObject({ keyId: made.keyId, subnets: apiKey.subnets, renewUntil: made.renewUntil });
    expect(await isUsable(token)).toBeTrue();
    const again = await post("rotate", token, { graceHours: 24 }, { "idempotency-key": "one" });
    expect(again.status).toBe(409);
    expect(await again.text()).not.toContain("cvs_");
    app.now = new Date("2026-01-22T20:00:00Z");
    expect(await isUsable(token)).toBeFalse();
    const [newest] = await eventsOf(apiKey.id);
    expect(newest).toMatchObject({ action: "api_key.rotated", actor: `API key ${keyId}`, address: inside });
  });

  test("ends with the renewals, and no grace stops the old key at once", async () => {
    const { token } = await renewable("2026-01-25");
    app.now = new Date("2026-01-20T20:00:00Z");
    const made = await readJson(await post("rotate", token, { graceHours: 0 }));
    expect(made.expiration).toBe("2026-01-25T08:00:00.000Z");
    expect(await isUsable(token)).toBeFalse();
    app.now = new Date("2026-01-25T07:00:00Z");
    expect((await post("rotate", made.token, { graceHours: 0 })).status).toBe(201);
  });

  test("is 403 when no admin allowed it and when that is over, and makes nothing", async () => {
    const { apiKey, token } = await makeKey(app);
    const { token: over } = await renewable("2026-01-25", { expiration: "2026-03-01" });
    expect((await post("rotate", token, { graceHours: 1 })).status).toBe(403);
    app.now = new Date("2026-01-25T08:00:00Z");
    expect((await post("rotate", over, { graceHours: 1 })).status).toBe(403);
    expect(await eventsOf(apiKey.id)).toHaveLength(1);
  });

  test("is 422 with a bad graceHours, and makes nothing", async () => {
    const { apiKey, token } = await renewable();
    for (const graceHours of [undefined, null, 169, -1, 1.5, "1"]) {
      const response = await post("rotate", token, { graceHours });
      expect([graceHours, response.status]).toEqual([graceHours, 422]);
      expect((await readJson(response)).errors).toMatchObject([{ pointer: "/graceHours" }]);
    }
    expect((await post("rotate", token, { graceHours: 1, expiration: "2027-01-01" })).status).toBe(422);
    expect(await eventsOf(apiKey.id)).toHaveLength(1);
  });
});
