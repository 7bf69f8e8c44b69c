import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { retireApiKey } from "../../src/domain/access/keys/retire.ts";
import { rotateApiKey } from "../../src/domain/access/keys/rotate.ts";
import { noon, salts, startTestApp, type TestApp, zone } from "../support/app.ts";
import { actor, makeKey, makeProgram } from "../support/factories.ts";

let app: TestApp;
let good: Awaited<ReturnType<typeof makeKey>>;
let retired: Awaited<ReturnType<typeof makeKey>>;
let rotated: Awaited<ReturnType<typeof makeKey>>;
/** The same product behind two proxies. */
let proxied: TestApp;
const list = "/api/v1/admin/programs/snow-removal/applications";

beforeAll(async () => {
  app = await startTestApp();
  await makeProgram(app);
  await makeProgram(app, { id: 2, adminName: "other-program" });
  good = await makeKey(app);
  retired = await makeKey(app);
  await retireApiKey(app.database.db, { keyId: retired.keyId, actor, now: noon });
  rotated = await makeKey(app);
  await rotateApiKey(app.database.db, {
    keyId: rotated.keyId,
    form: { expiration: "2026-02-14", grace: "1h" },
    rules: { zone, lifetimeDaysMax: 0, bansGlobalSubnet: true },
    salts,
    actor,
    now: noon,
  });
  proxied = await startTestApp({
    database: app.database,
    clientAddressPolicy: { kind: "forwarded", trustedHops: 2 },
  });
});
afterAll(async () => {
  await proxied.close();
  await app.close();
});

const basic = (text: string) => `Basic ${Buffer.from(text).toString("base64")}`;

interface Refusal {
  readonly reason: string;
  readonly path?: string;
  readonly authorization?: () => string;
  readonly now?: Date;
  readonly peer?: string | undefined;
  /** What the two proxies made of it; without it there are none. */
  readonly forwardedFor?: string;
}

/** One row for each rule, and for its edges. */
const refusals: Record<string, Refusal> = {
  "no Authorization header": { reason: "missing_credentials" },
  "an empty Authorization header": { reason: "missing_credentials", authorization: () => "" },
  "another scheme": {
    reason: "malformed_credentials",
    authorization: () => `Bearer ${good.token}`,
  },
  "bad Base64": { reason: "malformed_credentials", authorization: () => "Basic !!!" },
  "no colon": { reason: "malformed_credentials", authorization: () => basic("no-colon") },
  "an empty key id": { reason: "malformed_credentials", authorization: () => basic(":secret") },
  "an empty secret": { reason: "malformed_credentials", authorization: () => basic("id:") },
  "two credentials in one header": {
    reason: "malformed_credentials",
    authorization: () => `Basic ${good.token}, Basic ${good.token}`,
  },
  "an unknown key id": {
    reason: "unknown_key",
    authorization: () => basic(`cvk_x:${good.secret}`),
  },
  "a key id in another case": {
    reason: "unknown_key",
    authorization: () => basic(`${good.keyId.toUpperCase()}:${good.secret}`),
  },
  "a wrong secret": { reason: "wrong_secret", authorization: () => basic(`${good.keyId}:wrong`) },
  "another key's secret": {
    reason: "wrong_secret",
    authorization: () => basic(`${good.keyId}:${retired.secret}`),
  },
  "a retired key": { reason: "retired", authorization: () => `Basic ${retired.token}` },
  "an expired key": {
    reason: "expired",
    authorization: () => `Basic ${good.token}`,
    now: new Date("2026-03-01T00:00:00Z"),
  },
  "a key that expires exactly now": {
    reason: "expired",
    authorization: () => `Basic ${good.token}`,
    now: new Date("2026-02-14T08:00:00Z"),
  },
  "a rotated key when its grace is over": {
    reason: "expired",
    authorization: () => `Basic ${rotated.token}`,
    now: new Date(noon.getTime() + 3_600_000),
  },
  "too few hops in X-Forwarded-For": {
    reason: "outside_subnet",
    authorization: () => `Basic ${good.token}`,
    forwardedFor: "203.0.113.7",
  },
  "a hop in X-Forwarded-For that is no address": {
    reason: "outside_subnet",
    authorization: () => `Basic ${good.token}`,
    forwardedFor: "203.0.113.7:port, 10.0.0.1",
  },
  "an IPv4 address outside the subnet": {
    reason: "outside_subnet",
    authorization: () => `Basic ${good.token}`,
    peer: "203.0.114.1",
  },
  "an IPv6 address": {
    reason: "outside_subnet",
    authorization: () => `Basic ${good.token}`,
    peer: "2001:db8::1",
  },
  "an IPv4-mapped address outside": {
    reason: "outside_subnet",
    authorization: () => `Basic ${good.token}`,
    peer: "::ffff:203.0.114.1",
  },
  "an address that cannot be told": {
    reason: "outside_subnet",
    authorization: () => `Basic ${good.token}`,
    peer: undefined,
  },
  "no grant on the program": {
    reason: "no_grant",
    authorization: () => `Basic ${good.token}`,
    path: "/api/v1/admin/programs/other-program/applications",
  },
  "no grant on a program that does not exist": {
    reason: "no_grant",
    authorization: () => `Basic ${good.token}`,
    path: "/api/v1/admin/programs/no-such-program/applications?fromDate=nonsense",
  },
  "a slug in another case": {
    reason: "no_grant",
    authorization: () => `Basic ${good.token}`,
    path: "/api/v1/admin/programs/SNOW-REMOVAL/applications",
  },
};

async function refuse(refusal: Refusal): Promise<Response> {
  const product = productFor(refusal);
  product.now = refusal.now ?? noon;
  product.peer = "peer" in refusal ? refusal.peer : "203.0.113.7";
  const headers = new Headers();
  const authorization = refusal.authorization?.();
  if (authorization !== undefined) headers.set("authorization", authorization);
  if (refusal.forwardedFor !== undefined) headers.set("x-forwarded-for", refusal.forwardedFor);
  return product.request(refusal.path ?? list, { headers });
}

const productFor = ({ forwardedFor }: Refusal) => (forwardedFor === undefined ? app : proxied);

describe("the one 401", () => {
  for (const [name, refusal] of Object.entries(refusals)) {
    test(`refuses ${name}, and only the log says why`, async () => {
      const response = await refuse(refusal);
      const body = await response.json();
      expect(response.status).toBe(401);
      const { logLines } = productFor(refusal);
      expect(logLines.at(-1)).toMatchObject({ reason: refusal.reason, status: 401 });
      expect(body).toEqual({
        type: "about:blank",
        title: "Unauthorized",
        status: 401,
        detail: "The call needs the credentials of an API key that allows it.",
        requestId: response.headers.get("x-request-id"),
      });
    });
  }

  test("is the same to the byte for every reason, except for the request id", async () => {
    const answers = new Set<string>();
    for (const refusal of Object.values(refusals)) {
      const response = await refuse(refusal);
      const requestId = response.headers.get("x-request-id") ?? "";
      const text = `${JSON.stringify([...response.headers])} ${await response.text()}`;
      answers.add(text.replaceAll(requestId, "-"));
    }
    expect([...answers]).toHaveLength(1);
    expect([...answers][0]).toContain('Basic realm=\\"CiviKey\\", charset=\\"UTF-8\\"');
    expect([...answers][0]).not.toContain("civikey-key-expires");
  });
});

describe("a good call", () => {
  test("passes from inside the subnet, IPv4-mapped too, and says when the key expires", async () => {
    app.now = noon;
    for (const peer of ["203.0.113.255", "::ffff:203.0.113.0"]) {
      app.peer = peer;
      const response = await app.call("/api/v1/checkAuth", good.token);
      expect(response.status).toBe(200);
      expect(await response.text()).toBe("");
      expect(response.headers.get("civikey-key-expires")).toBe("2026-02-14T08:00:00.000Z");
      expect(response.headers.get("cache-control")).toBe("no-store");
    }
  });

  test("passes until the last millisecond before the expiration", async () => {
    app.peer = "203.0.113.7";
    app.now = new Date("2026-02-14T07:59:59.999Z");
    expect((await app.call("/api/v1/checkAuth", good.token)).status).toBe(200);
  });

  test("names the key in the log, and nothing secret", async () => {
    app.now = noon;
    await app.call("/api/v1/checkAuth", good.token);
    expect(app.logLines.at(-1)).toMatchObject({ keyId: good.keyId, route: "/api/v1/checkAuth" });
    const log = JSON.stringify(app.logLines);
    expect(log).not.toContain(good.secret);
    expect(log).not.toContain(good.token);
  });

  test("can't be made with a cookie, a query parameter or an admin's session", async () => {
    const path = `/api/v1/checkAuth?key=${good.keyId}&secret=${good.secret}&authorization=${good.token}`;
    const response = await app.request(path, {
      headers: { cookie: `authorization=Basic ${good.token}; civikey_session=${good.token}` },
    });
    expect(response.status).toBe(401);
  });
});

describe("paths below /api", () => {
  const unknown = ["/api", "/api/", "/api/v1", "/api/v1/nothing", "/api//v1/checkAuth", "//api/v1/checkAuth"];
  const spelled = ["/API/v1/checkAuth", "/%61pi/v1/checkAuth", "/api%2fv1%2fcheckAuth", "/api/v1/%ff"];
  for (const path of [...unknown, ...spelled]) {
    test(`answers ${path} with 401 before 404`, async () => {
      expect((await app.request(path)).status).toBe(401);
      const known = await app.call(path, good.token);
      expect([404, 401]).toContain(known.status);
    });
  }

  const one = `${list}/1`;
  for (const method of ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"]) {
    test(`answers ${method} with 401, and after authentication with 405 and Allow`, async () => {
      expect((await app.request(one, { method })).status).toBe(401);
      const response = await app.call(one, good.token, { method });
      expect(response.status).toBe(405);
      expect(response.headers.get("allow")).toBe("GET, HEAD");
    });
  }

  test("answers HEAD like GET, without a body", async () => {
    expect((await app.request(list, { method: "HEAD" })).status).toBe(401);
    const response = await app.call(list, good.token, { method: "HEAD" });
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("application/json");
    expect(await response.text()).toBe("");
  });
});
