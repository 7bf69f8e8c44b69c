import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { rules } from "../../src/domain/access/authentication.ts";
import { retireApiKey } from "../../src/domain/access/keys/retire.ts";
import { createRateLimits, type RateLimits } from "../../src/http/api-guard/rate-limit.ts";
import { DomainError } from "../../src/lib/errors.ts";
import { actor, makeAdmin, makeKey, makeProgram, ownForm, signIn } from "../support/factories.ts";
import { type ListeningApp, startListeningApp } from "../support/listening.ts";
import { type Sample, scrape, sumOf } from "../support/metrics.ts";
import { requestOf, sendRaw } from "../support/raw-http.ts";

const checkAuth = "/api/v1/checkAuth";
const list = "/api/v1/admin/programs/snow-removal/applications";
const noLimits = createRateLimits({
  refusedPerMinute: 0,
  perKeyPerMinute: 0,
  anonymousPerMinute: 0,
});

let app: ListeningApp;
let limits: RateLimits = noLimits;
let isDatabaseAway = false;
let good: string;
let keyId: string;
const tokens: Record<string, string> = {};

beforeAll(async () => {
  app = await startListeningApp({
    limits: {
      findExhausted: (address) => limits.findExhausted(address),
      countRefused: (address) => limits.countRefused(address),
      countAnonymous: (address) => limits.countAnonymous(address),
      countCall: (key) => limits.countCall(key),
      readLeft: (key) => limits.readLeft(key),
    },
    wrapLookup: ({ find }) => ({
      find: (keyId) => (isDatabaseAway ? Promise.reject(new DomainError("unavailable", "away")) : find(keyId)),
    }),
  });
  await makeProgram(app);
  await makeAdmin(app);
  const subnet = "127.0.0.0/8";
  const key = await makeKey(app, { subnet });
  ({ keyId } = key);
  good = `Authorization: Basic ${key.token}`;
  const retired = await makeKey(app, { subnet });
  await retireApiKey(app.database.db, { keyId: retired.keyId, actor, now: app.now });
  tokens.wrong_secret = btoa(`${keyId}:wrong`);
  tokens.unknown_key = btoa("cvk_nobody:x");
  tokens.retired = retired.token;
  const longAgo = new Date("2025-12-01T20:00:00Z");
  const expired = await makeKey(app, { subnet, now: longAgo, expiration: "2026-01-10" });
  tokens.expired = expired.token;
  tokens.outside_subnet = (await makeKey(app, { subnet: "192.0.2.0/24" })).token;
});
beforeEach(() => {
  limits = noLimits;
  isDatabaseAway = false;
});
afterAll(() => app.close());

const send = async (text: string) =>
  (await sendRaw({ host: "127.0.0.1", port: app.port }, Buffer.from(text, "latin1"))).status;
const apiTotal = "civikey_api_requests_total";
const otherTotal = "civikey_other_requests_total";

/** By how much the sum of a metric grew meanwhile. */
async function growthOf(name: string, work: () => Promise<unknown>): Promise<number> {
  const before = sumOf(await scrape(app.app), name);
  await work();
  return sumOf(await scrape(app.app), name) - before;
}

describe("requests of the API", () => {
  test("are counted once each, whatever the answer", async () => {
    const statuses: number[] = [];
    const ask = async (text: string) => statuses.push(await send(text));
    const grown = await growthOf(apiTotal, async () => {
      for (const method of ["GET", "HEAD", "OPTIONS", "TRACE", "POST", "PUT", "DELETE", "QUERY"]) {
        await ask(requestOf(checkAuth, [], method));
        await ask(requestOf(checkAuth, [good], method));
        await ask(requestOf("/api/nothing", [good], method));
      }
      for (const token of Object.values(tokens)) {
        await ask(requestOf(checkAuth, [`Authorization: Basic ${token}`]));
      }
      await ask(requestOf(checkAuth, ["Authorization: nonsense"]));
      for (const path of ["/api", "/api/", "//api/v1", "/API/v1/checkAuth", "/%61pi/x", "/api/v1/%"]) {
        await ask(requestOf(path));
        await ask(requestOf(path, [good]));
      }
      await ask(requestOf(list, [good]));
      await ask(requestOf(list, [good, "Accept: application/x-ndjson"]));
      await ask(requestOf(`${list}?pageSize=many`, [good]));
      await ask(requestOf(`${list}/99`, [good]));
      await ask(requestOf("/api/v1/admin/programs/elsewhere/applications", [good]));
      for (const host of ["a b", "x/livez#", "[::1", "a,b"]) {
        await ask(`GET ${checkAuth} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
      }
      isDatabaseAway = true;
      await ask(requestOf(checkAuth, [good]));
      await ask(requestOf(list, [good], "HEAD"));
      isDatabaseAway = false;
      limits = createRateLimits({ refusedPerMinute: 2, perKeyPerMinute: 1, anonymousPerMinute: 0 });
      for (let call = 0; call < 3; call += 1) await ask(requestOf(checkAuth, [good]));
      for (let call = 0; call < 5; call += 1) await ask(requestOf(checkAuth));
    });
    expect(new Set(statuses)).toEqual(new Set([200, 400, 401, 404, 405, 429, 503]));
    expect(grown).toBe(statuses.length);
  });

  test("have their times by route, method and status", async () => {
    const labels = { route: "/api/v1/admin/programs/:programSlug/applications", status: "200" };
    const durations = "civikey_api_request_duration_seconds_count";
    const before = await scrape(app.app);
    await send(requestOf(list, [good], "HEAD"));
    await send(requestOf(list, [good]));
    const after = await scrape(app.app);
    const grown = (name: string, more: Record<string, string> = {}) =>
      sumOf(after, name, { ...labels, ...more }) - sumOf(before, name, { ...labels, ...more });
    expect(grown(apiTotal, { method: "GET" })).toBe(1);
    expect(grown(apiTotal, { method: "HEAD" })).toBe(1);
    expect(grown(durations)).toBe(2);
    expect(sumOf(after, durations)).toBe(sumOf(after, apiTotal));
  });

  test("are counted with the route none where no route matches", async () => {
    const before = await scrape(app.app);
    await send(requestOf("/api/v1/nothing", [good]));
    const labels = { route: "none", method: "GET", status: "404" };
    expect(sumOf(await scrape(app.app), apiTotal, labels)).toBe(sumOf(before, apiTotal, labels) + 1);
  });

  test("don't include pages, probes and scrapes, which have their own metric with their patterns", async () => {
    const cookie = await signIn(app);
    const work = async () => {
      await app.request("/admin/programs/snow-removal", { headers: { cookie } });
      await app.request("/livez");
      await app.request("/login", { method: "POST", headers: ownForm, body: "email=%" });
      await app.request("/nothing/at/all");
    };
    expect(await growthOf(apiTotal, work)).toBe(0);
    // Every reading is one, but it is counted when it is over.
    expect(await growthOf(otherTotal, work)).toBe(5);
    const routes = (await scrape(app.app)).map(({ labels }) => labels.route);
    for (const route of ["/admin/programs/:slug", "/livez", "/login", "/metrics", "none"]) {
      expect(routes).toContain(route);
    }
  });
});

describe("refusals", () => {
  test("start at zero for each reason", async () => {
    const fresh = await startListeningApp({ database: app.database });
    const samples = (await scrape(fresh.app)).filter(({ name }) => name === "civikey_refusals_total");
    expect(samples.map(({ labels }) => labels.reason)).toEqual(rules.map(({ reason }) => reason));
    expect(samples.map(({ value }) => value)).toEqual(rules.map(() => 0));
    await fresh.close();
  });

  test("are counted by the log's reason, one for each 401", async () => {
    const before = await scrape(app.app);
    const linesBefore = app.logLines.length;
    for (const token of Object.values(tokens)) {
      await send(requestOf(checkAuth, [`Authorization: Basic ${token}`]));
    }
    await send(requestOf(checkAuth));
    await send(requestOf(checkAuth, ["Authorization: Bearer x"]));
    await send(requestOf("/api/v1/admin/programs/elsewhere/applications", [good]));
    const after = await scrape(app.app);
    const grown = (samples: readonly Sample[], reason: string) =>
      sumOf(samples, "civikey_refusals_total", { reason }) - sumOf(before, "civikey_refusals_total", { reason });
    for (const { reason } of rules) expect(`${reason} ${grown(after, reason)}`).toBe(`${reason} 1`);
    const logged = app.logLines.slice(linesBefore).flatMap(({ reason }) => reason ?? []);
    expect(logged.toSorted()).toEqual(rules.map(({ reason }) => reason).toSorted());
    expect(sumOf(after, apiTotal, { status: "401" }) - sumOf(before, apiTotal, { status: "401" })).toBe(rules.length);
  });
});

test("no caller can create a label: none has a path, slug, host, method or key id from a request", async () => {
  const canary = "canary-of-a-caller";
  const asked = [
    requestOf(`/${canary}`),
    requestOf(`/api/${canary}`, [good]),
    requestOf(`/api/v1/admin/programs/${canary}/applications`, [good]),
    requestOf(`/docs/api/programs/${canary}/active`),
    requestOf(`/assets/${canary}`),
    requestOf(checkAuth, [`Authorization: Basic ${btoa(`${canary}:${canary}`)}`]),
    requestOf(checkAuth, [`X-Request-Id: ${canary}`, `X-Forwarded-For: ${canary}`]),
    requestOf(checkAuth, [good], "PROPFIND"),
    `GET ${checkAuth} HTTP/1.1\r\nHost: ${canary}/x\r\nConnection: close\r\n\r\n`,
  ];
  for (const text of asked) await send(text);
  await app.request(checkAuth, { method: canary.toUpperCase() });
  const known = new Set(["none", ...app.app.routes.map(({ path }) => path)]);
  for (const { labels } of await scrape(app.app)) {
    expect(JSON.stringify(labels).toLowerCase()).not.toContain(canary);
    if (labels.route !== undefined) expect(known).toContain(labels.route);
    if (labels.method !== undefined) {
      expect(labels.method).toMatch(/^(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS|TRACE|CONNECT|other)$/);
    }
  }
});
