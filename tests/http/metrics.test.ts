import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { retireApiKey } from "../../src/domain/access/keys/retire.ts";
import { Secret } from "../../src/lib/secrets/secret.ts";
import { printMerged } from "../../src/metrics/registry.ts";
import { noon, startTestApp, type TestApp } from "../support/app.ts";
import { actor, makeKey, makeProgram } from "../support/factories.ts";
import { leakHunt } from "../support/leak-hunt.ts";
import { startListeningApp } from "../support/listening.ts";
import { parseMetrics, scrape, sumOf } from "../support/metrics.ts";
import { sendRaw } from "../support/raw-http.ts";

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
  await makeProgram(app);
});
afterAll(() => app.close());

describe("without a token", () => {
  const statusFor = async (peer: string | undefined, headers: Record<string, string> = {}) => {
    app.peer = peer;
    const response = await app.request("/metrics", { headers });
    app.peer = "203.0.113.7";
    return response.status;
  };

  test("this machine may read", async () => {
    for (const peer of ["127.0.0.1", "127.8.9.10", "::1", "::ffff:127.0.0.1"]) {
      expect(await statusFor(peer)).toBe(200);
    }
  });

  test("nobody else may read, whatever address a header claims", async () => {
    const claims = [
      {},
      { "x-forwarded-for": "127.0.0.1" },
      { forwarded: "for=127.0.0.1" },
      { "x-real-ip": "127.0.0.1" },
      { host: "localhost", "x-client-ip": "127.0.0.1", "true-client-ip": "::1" },
      { authorization: "Bearer " },
    ];
    const strangers = ["203.0.113.7", "10.0.0.1", "::ffff:203.0.113.7", "fe80::1", "", undefined];
    for (const peer of strangers) {
      for (const headers of claims) expect(await statusFor(peer, headers)).toBe(403);
    }
  });

  test("a proxy on this machine may not read for others, even where proxies are trusted", async () => {
    const forwarded = await startTestApp({
      database: app.database,
      clientAddressPolicy: { kind: "forwarded", trustedHops: 1 },
    });
    for (const one of [app, forwarded]) {
      one.peer = "127.0.0.1";
      const headers = { "x-forwarded-for": "127.0.0.1" };
      expect((await one.request("/metrics", { headers })).status).toBe(403);
      expect((await one.request("/metrics")).status).toBe(200);
      one.peer = "203.0.113.7";
      expect((await one.request("/metrics", { headers })).status).toBe(403);
    }
    await forwarded.close();
  });

  test("this machine may read by its loopback names, and by no other name that leads to it", async () => {
    const listening = await startListeningApp({ database: app.database });
    const { port } = listening;
    const statusOf = async (text: string) => (await sendRaw({ host: "127.0.0.1", port }, Buffer.from(text))).status;
    const requestFor = (target: string, host: string) =>
      `GET ${target} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
    const own = ["localhost", "LOCALHOST", "127.0.0.1", "127.8.9.10", "[::1]", "127.1"];
    const others = [
      "rebound.example",
      "localhost.rebound.example",
      "127.0.0.1.rebound.example",
      "rebound-localhost",
      "203.0.113.7",
      "[::2]",
      "0.0.0.0",
    ];
    for (const suffix of ["", `:${port}`]) {
      for (const host of own) expect(await statusOf(requestFor("/metrics", host + suffix))).toBe(200);
      for (const host of others) {
        expect(`${host} ${await statusOf(requestFor("/metrics", host + suffix))}`).toBe(`${host} 403`);
      }
    }
    expect(await statusOf(requestFor("http://rebound.example/metrics", "rebound.example"))).toBe(403);
    expect(await statusOf("GET /metrics HTTP/1.0\r\n\r\n")).toBe(200);
    await listening.close();
  });

  test("the refusal is plain and reveals nothing", async () => {
    const response = await app.request("/metrics");
    expect(response.headers.get("content-type")).toBe("text/plain; charset=utf-8");
    expect(await response.text()).toBe("Not authorized to read metrics.\n");
  });
});

describe("with a token", () => {
  const token = "k3Jx0vQm8sVtYw2RzLhUeN5bGd7cFa9P";
  let guarded: TestApp;
  beforeAll(async () => {
    leakHunt.expectNowhere("the token of the metrics", token);
    guarded = await startTestApp({ database: app.database, metricsToken: new Secret(token) });
  });
  afterAll(() => guarded.close());
  const ask = (authorization?: string, path = "/metrics") =>
    guarded.request(path, authorization === undefined ? {} : { headers: { authorization } });

  test("whoever has it may read, from anywhere", async () => {
    const response = await ask(`Bearer ${token}`);
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect((await ask(`bearer ${token}`)).status).toBe(200);
  });

  test("nobody else may read, not even this machine", async () => {
    const wrong = [
      undefined,
      "",
      "Bearer",
      "Bearer ",
      `Bearer ${token}x`,
      `Bearer ${token.slice(0, -1)}`,
      `Bearer ${token.toLowerCase()}`,
      `Bearer  ${token}`,
      `Bearer ${token}, Bearer ${token}`,
      `Basic ${btoa(`x:${token}`)}`,
      token,
    ];
    for (const peer of ["127.0.0.1", "203.0.113.7"]) {
      guarded.peer = peer;
      for (const authorization of wrong) {
        const response = await ask(authorization);
        expect(response.status).toBe(401);
        expect(response.headers.get("www-authenticate")).toBe('Bearer realm="CiviKey metrics"');
        expect(await response.text()).not.toContain("civikey_");
      }
      expect((await ask(undefined, `/metrics?token=${token}`)).status).toBe(401);
    }
  });

  test("an API key is not a token, and the token is not an API key", async () => {
    const key = await makeKey(app);
    expect((await ask(`Basic ${key.token}`)).status).toBe(401);
    expect((await ask(`Bearer ${token}`, "/api/v1/checkAuth")).status).toBe(401);
  });
});

describe("a scrape", () => {
  test("counts keys by state, and the seconds until the first active one expires", async () => {
    const own = await startTestApp();
    const soonest = "civikey_api_key_soonest_expiration_seconds";
    expect((await scrape(own.app)).some(({ name }) => name === soonest)).toBe(false);
    await makeProgram(own);
    await makeKey(own, { expiration: "2026-02-14" });
    const first = await makeKey(own, { expiration: "2026-01-20" });
    const retired = await makeKey(own, { expiration: "2026-01-17" });
    await retireApiKey(own.database.db, { keyId: retired.keyId, actor, now: noon });
    const keys = (samples: Awaited<ReturnType<typeof scrape>>) =>
      Object.fromEntries(
        samples.filter(({ name }) => name === "civikey_api_keys").map(({ labels, value }) => [labels.state, value]),
      );
    const samples = await scrape(own.app);
    expect(keys(samples)).toEqual({ active: 2, expired: 0, retired: 1 });
    const seconds = (first.apiKey.expiration.getTime() - noon.getTime()) / 1000;
    expect(sumOf(samples, soonest)).toBe(seconds);
    own.now = first.apiKey.expiration;
    expect(keys(await scrape(own.app))).toEqual({ active: 1, expired: 1, retired: 1 });
    await own.close();
  });

  test("reports how many keys a look-up asked for, how long queries wait, and that everything is written", async () => {
    const key = await makeKey(app);
    const before = sumOf(await scrape(app.app), "civikey_lookup_batch_size_sum");
    await Promise.all([1, 2, 3].map(() => app.call("/api/v1/checkAuth", key.token)));
    await app.usage.flush();
    const samples = await scrape(app.app);
    // Three calls of one key at the same moment ask for one key.
    expect(sumOf(samples, "civikey_lookup_batch_size_sum")).toBe(before + 1);
    expect(sumOf(samples, "civikey_usage_flush_lag_seconds")).toBeLessThan(5);
    expect(sumOf(samples, "civikey_database_wait_seconds", { pool: "pages" })).toBeGreaterThan(0);
    expect(sumOf(samples, "civikey_database_connections_max", { pool: "pages" })).toBe(4);
    expect(sumOf(samples, "civikey_ready")).toBe(1);
    expect(sumOf(samples, "civikey_database_up")).toBe(1);
  });

  test("works without a database, says so, and leaves out what it can't know", async () => {
    const away = await startTestApp();
    await scrape(away.app);
    await away.database.close();
    const samples = await scrape(away.app);
    expect(samples.find(({ name }) => name === "civikey_database_up")?.value).toBe(0);
    expect(samples.find(({ name }) => name === "civikey_ready")?.value).toBe(0);
    const names = samples.map(({ name }) => name);
    expect(names).toContain("civikey_refusals_total");
    for (const unknown of ["civikey_api_keys", "civikey_database_wait_seconds"]) {
      expect(names).not.toContain(unknown);
    }
  });
});

test("the metrics of several processes become one text: counters add up, gauges show the worst", async () => {
  const one = await startTestApp({ database: app.database });
  const two = await startTestApp({ database: app.database });
  for (const process of [one, one, two]) await process.request("/api/v1/checkAuth");
  const snapshots = await Promise.all([one, two].map(({ metrics }) => metrics.takeSnapshot()));
  // As they come from another process.
  const text = await printMerged(JSON.parse(JSON.stringify(snapshots)));
  const merged = parseMetrics(text);
  expect(sumOf(merged, "civikey_api_requests_total")).toBe(3);
  expect(sumOf(merged, "civikey_refusals_total", { reason: "missing_credentials" })).toBe(3);
  expect(sumOf(merged, "civikey_api_request_duration_seconds_count")).toBe(3);
  expect(sumOf(merged, "civikey_ready")).toBe(1);
  expect(sumOf(merged, "civikey_build_info")).toBe(1);
  const single = await scrape(one.app);
  expect(sumOf(merged, "civikey_api_keys")).toBe(sumOf(single, "civikey_api_keys"));
  const namesOf = (samples: typeof single) => new Set(samples.map(({ name }) => name));
  const missing = [...namesOf(merged)].filter((name) => !namesOf(single).has(name));
  expect(missing.filter((name) => !name.startsWith("civikey_other_"))).toEqual([]);
  await one.close();
  await two.close();
});
