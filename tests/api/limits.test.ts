import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { refusalListing } from "../../src/domain/access/refusals/list.ts";
import { createRateLimits, type RateLimits } from "../../src/http/api-guard/rate-limit.ts";
import { readFirst } from "../../src/lib/keyset.ts";
import { startTestApp, type TestApp } from "../support/app.ts";
import { actor, makeAdmin, makeKey, makeProgram, signIn } from "../support/factories.ts";

const checkAuth = "/api/v1/checkAuth";
const refusedMax = 5;
const callsMax = 8;

let app: TestApp;
let token: string;
let keyId: string;
let lookups = 0;
/** Set by a test, to have limits of its own. */
let limits: RateLimits;
let nowMs = 0;

const newLimits = () =>
  createRateLimits({
    refusedPerMinute: refusedMax,
    perKeyPerMinute: callsMax,
    anonymousPerMinute: 0,
    nowMs: () => nowMs,
  });

beforeAll(async () => {
  app = await startTestApp({
    limits: {
      findExhausted: (address) => limits.findExhausted(address),
      countRefused: (address) => limits.countRefused(address),
      countAnonymous: (address) => limits.countAnonymous(address),
      countCall: (key) => limits.countCall(key),
      readLeft: (key) => limits.readLeft(key),
    },
    wrapLookup: ({ find }) => ({
      find(keyId) {
        lookups += 1;
        return find(keyId);
      },
    }),
  });
  await makeProgram(app);
  const key = await makeKey(app, { subnet: "203.0.113.0/24, 2001:db8::/32" });
  ({ token, keyId } = key);
});
beforeEach(() => {
  limits = newLimits();
  app.peer = "203.0.113.7";
});
afterAll(() => app.close());

const wrong = () => btoa(`${keyId}:wrong`);
async function statuses(count: number, call: () => Promise<Response>): Promise<number[]> {
  const seen: number[] = [];
  for (let index = 0; index < count; index += 1) seen.push((await call()).status);
  return seen;
}
const refuse = (count: number) => statuses(count, () => app.call(checkAuth, wrong()));

describe("refused calls of a network", () => {
  test("past the limit get 429 with Retry-After and the RateLimit fields, and no reason", async () => {
    expect(await refuse(refusedMax + 1)).toEqual([401, 401, 401, 401, 401, 429]);
    const response = await app.call(checkAuth, wrong());
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "content-type": "application/problem+json",
      "cache-control": "no-store",
      "retry-after": "60",
      "ratelimit-policy": `"refused-calls";q=${refusedMax};w=60`,
      ratelimit: '"refused-calls";r=0;t=60',
    });
    expect(await response.json()).toEqual({
      type: "about:blank",
      title: "Too Many Requests",
      status: 429,
      detail: "Too many calls from this network were refused. Try again in 60 seconds.",
      requestId: response.headers.get("x-request-id"),
    });
    expect(app.logLines.at(-1)).toMatchObject({ status: 429, limit: "refused-calls" });
    expect(app.logLines.at(-1)).not.toHaveProperty("reason");
  });

  test("past the limit make every call from the network 429, even good ones, before any look-up", async () => {
    await refuse(refusedMax);
    lookups = 0;
    const answers = [
      await app.call(checkAuth, token),
      await app.call(checkAuth, btoa("cvk_nobody:x")),
      await app.request(checkAuth),
      await app.request("/api/nothing", { method: "POST" }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([429, 429, 429, 429]);
    expect(answers.map(({ headers }) => headers.has("civikey-key-expires"))).not.toContain(true);
    expect(lookups).toBe(0);
  });

  test("are allowed again in the next window", async () => {
    await refuse(refusedMax);
    nowMs += 59_999;
    const { status, headers } = await app.call(checkAuth, token);
    expect([status, headers.get("retry-after")]).toEqual([429, "1"]);
    nowMs += 1;
    expect((await app.call(checkAuth, token)).status).toBe(200);
    expect(await refuse(refusedMax + 1)).toEqual([401, 401, 401, 401, 401, 429]);
  });

  test("at the same time get 401 up to the limit, then 429", async () => {
    const answers = await Promise.all(Array.from({ length: 50 }, () => app.call(checkAuth, wrong())));
    const refused = answers.filter(({ status }) => status === 401);
    expect(refused).toHaveLength(refusedMax);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(50 - refusedMax);
  });

  test("include those of every rule, even the last", async () => {
    const list = "/api/v1/admin/programs/elsewhere/applications";
    const seen = await statuses(refusedMax + 1, () => app.call(list, token));
    expect(seen).toEqual([401, 401, 401, 401, 401, 429]);
  });

  test("don't affect other networks, and are counted by /64 for IPv6", async () => {
    app.peer = "2001:db8:0:1::1";
    await refuse(refusedMax - 1);
    app.peer = "2001:db8:0:1:ffff:ffff:ffff:ffff";
    expect(await refuse(2)).toEqual([401, 429]);
    app.peer = "2001:db8:0:2::1";
    expect((await app.call(checkAuth, token)).status).toBe(200);
    app.peer = "203.0.113.8";
    expect((await app.call(checkAuth, token)).status).toBe(200);
  });

  test("from an IPv4-mapped address count for the IPv4 address", async () => {
    app.peer = "::ffff:203.0.113.9";
    await refuse(refusedMax);
    app.peer = "203.0.113.9";
    expect((await app.call(checkAuth, token)).status).toBe(429);
  });

  test("without a known address share one limit", async () => {
    app.peer = undefined;
    await refuse(refusedMax - 1);
    app.peer = "no address";
    expect(await refuse(2)).toEqual([401, 429]);
  });

  test("that got 429 are not recorded as refusals", async () => {
    await app.refusals.flush();
    await app.database.client`truncate refusals, api_key_daily_refusals`;
    await refuse(refusedMax + 20);
    await app.refusals.flush();
    const refusals = await readFirst(refusalListing(app.database.db, { actor, filter: {} }), 10);
    expect(refusals).toMatchObject([{ reason: "wrong_secret", callCount: refusedMax }]);
  });

  test("limit the API, not the pages", async () => {
    await makeAdmin(app);
    await refuse(refusedMax + 1);
    const cookie = await signIn(app);
    expect((await app.request("/admin/apiKeys", { headers: { cookie } })).status).toBe(200);
    expect((await app.request("/livez")).status).toBe(200);
  });
});

describe("good calls of a key", () => {
  test("past the limit get 429 from every network; other keys and refused calls don't", async () => {
    const other = await makeKey(app);
    expect(await statuses(callsMax, () => app.call(checkAuth, token))).not.toContain(429);
    app.peer = "203.0.113.200";
    const response = await app.call(checkAuth, token);
    expect(response.status).toBe(429);
    expect(response.headers.get("ratelimit-policy")).toBe(`"key-calls";q=${callsMax};w=60`);
    expect(response.headers.get("retry-after")).toBe("60");
    expect((await app.call(checkAuth, other.token)).status).toBe(200);
    expect((await app.call(checkAuth, wrong())).status).toBe(401);
  });

  test("say how many are left, and for how long; refused ones say nothing of the key", async () => {
    const read = (response: Response) => [response.headers.get("ratelimit-policy"), response.headers.get("ratelimit")];
    const policy = `"key-calls";q=${callsMax};w=60`;
    expect(read(await app.call(checkAuth, token))).toEqual([policy, `"key-calls";r=${callsMax - 1};t=60`]);
    expect(read(await app.call("/api/v1/nothing", token))).toEqual([policy, `"key-calls";r=${callsMax - 2};t=60`]);
    for (const refused of [
      await app.call("/api/v1/admin/programs/other/applications", token),
      await app.call(checkAuth, wrong()),
    ]) {
      expect([refused.status, ...read(refused)]).toEqual([401, null, null]);
    }
  });

  test("past the limit still count as usage, because the key passed", async () => {
    const key = await makeKey(app);
    await statuses(callsMax + 3, () => app.call(checkAuth, key.token));
    await app.usage.flush();
    const [row] = await app.database.client`
      select call_count::int as calls from api_key_usage where api_key_id = ${key.apiKey.id}`;
    expect(row?.calls).toBe(callsMax + 3);
  });
});

test("a limit of 0 means no limit", async () => {
  limits = createRateLimits({ refusedPerMinute: 0, perKeyPerMinute: 0, anonymousPerMinute: 0 });
  expect(await refuse(50)).not.toContain(429);
  expect(await statuses(50, () => app.call(checkAuth, token))).not.toContain(429);
});
