import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createAdmin } from "../../../src/domain/access/admins/create.ts";
import { createSetupToken } from "../../../src/domain/access/admins/setup.ts";
import { Secret } from "../../../src/lib/secrets/secret.ts";
import { noon, startTestApp, type TestApp } from "../../support/app.ts";
import { actor, makeAdmin, ownForm, password, signIn } from "../../support/factories.ts";

let app: TestApp;
const minutes = (count: number) => new Date(noon.getTime() + count * 60_000);
const form = (fields: Record<string, string>, headers: Record<string, string> = ownForm) => ({
  method: "POST",
  headers,
  body: new URLSearchParams(fields),
});
const login = (fields: Record<string, string>, headers?: Record<string, string>) =>
  app.request("/login", form(fields, headers));

beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.close());

describe("setup", () => {
  test("makes the first admin with the one-time link, once, and signs in", async () => {
    const token = (await createSetupToken(app.database.db, { now: noon }))?.reveal() ?? "";
    expect((await app.request(`/setup?token=${token}`)).status).toBe(200);
    const short = await app.request(
      "/setup",
      form({ token, email: "ada@example.org", password: "short" }),
    );
    expect(short.status).toBe(422);
    expect(await short.text()).toContain("Password must have 15 characters or more.");
    const made = await app.request("/setup", form({ token, email: "Ada@Example.org", password }));
    expect(made.status).toBe(303);
    expect(made.headers.get("set-cookie")).toContain("civikey_session=");
    const again = await app.request("/setup", form({ token, email: "eve@example.org", password }));
    expect(again.status).toBe(404);
    expect((await app.request(`/setup?token=${token}`)).status).toBe(404);
    expect(await createSetupToken(app.database.db, { now: noon })).toBeUndefined();
  });

  test("refuses a link that was never made, without a trace", async () => {
    expect((await app.request("/setup?token=guess")).status).toBe(404);
    expect((await app.request("/setup")).status).toBe(404);
  });
});

describe("sign-in", () => {
  test("gives a session in a cookie that scripts cannot read, and leads back", async () => {
    const response = await login({
      email: "ADA@example.org ",
      password,
      next: "/admin/apiKeys/new",
    });
    expect(response.status).toBe(303);
    expect(response.headers.get("location")).toBe("/admin/apiKeys/new");
    expect(response.headers.get("set-cookie")).toMatch(
      /^civikey_session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax$/,
    );
  });

  for (const next of [
    "https://evil.example",
    "//evil.example",
    "/\\evil.example",
    "/admin/../login",
  ]) {
    test(`never leads to ${next}`, async () => {
      const response = await login({ email: "ada@example.org", password, next });
      expect(response.headers.get("location")).toStartWith("/admin");
      expect(response.headers.get("location")).not.toContain("evil");
    });
  }

  test("says the same for a wrong password and for nobody", async () => {
    const answers = [];
    for (const email of ["ada@example.org", "nobody@example.org"]) {
      const response = await login({ email, password: "not the right password" });
      expect(response.status).toBe(401);
      answers.push((await response.text()).replaceAll(email, "-"));
    }
    expect(answers[0]).toBe(answers[1] ?? "");
  });

  test("refuses the tenth-and-first failure of an account for fifteen minutes, the right password too", async () => {
    await createAdmin(app.database.db, {
      email: "busy@example.org",
      password: new Secret(password),
      actor,
      now: noon,
    });
    const tries = Array.from({ length: 14 }, () =>
      login({ email: "busy@example.org", password: "not the right password" }),
    );
    const statuses = (await Promise.all(tries)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 401).length).toBeLessThanOrEqual(10);
    expect(statuses).toContain(429);
    const right = await login({ email: "busy@example.org", password });
    expect(right.status).toBe(429);
    expect(right.headers.get("retry-after")).toBe("900");
    app.now = minutes(16);
    expect((await login({ email: "busy@example.org", password })).status).toBe(303);
    app.now = noon;
  });

  test("of a stranger cannot lock out an admin who is signed in", async () => {
    await makeAdmin(app, "locked@example.org");
    const cookie = await signIn(app, "locked@example.org");
    for (let count = 0; count < 11; count += 1) {
      await login({ email: "locked@example.org", password: "not the right password" });
    }
    expect((await login({ email: "locked@example.org", password })).status).toBe(429);
    app.now = minutes(16 - 2);
    const headers = { ...ownForm, cookie };
    const change = { currentPassword: password, password: "short", passwordAgain: "short" };
    const answer = await app.request("/admin/account/password", form(change, headers));
    expect(answer.status).toBe(422);
    app.now = noon;
  });

  test("keeps neither the password nor the e-mail of a failed try, in the log or the database", async () => {
    await login({ email: "mallory@example.org", password: "secret of mallory" });
    const attempts = await app.database.client`select * from sign_in_attempts`;
    expect(JSON.stringify([app.logLines, attempts])).not.toMatch(/mallory/);
  });
});

describe("a session", () => {
  test("ends after an hour without a page, and after twelve hours in any case", async () => {
    await makeAdmin(app, "session@example.org");
    const cookie = await signIn(app, "session@example.org");
    const open = () => app.request("/admin/apiKeys", { headers: { cookie } });
    for (const minute of [50, 100, 150]) {
      app.now = minutes(minute);
      expect((await open()).status).toBe(200);
    }
    app.now = minutes(150 + 61);
    expect((await open()).status).toBe(303);
    app.now = minutes(150 + 30);
    for (let minute = 180; minute < 720; minute += 50) {
      app.now = minutes(minute);
      expect((await open()).status).toBe(200);
    }
    app.now = minutes(721);
    expect((await open()).status).toBe(303);
    app.now = noon;
  });

  test("ends on the server when the admin signs out", async () => {
    const cookie = await signIn(app);
    const out = await app.request("/logout", { method: "POST", headers: { ...ownForm, cookie } });
    expect(out.headers.get("set-cookie")).toContain("Max-Age=0");
    expect((await app.request("/admin/apiKeys", { headers: { cookie } })).status).toBe(303);
  });

  test("gets a new token at every sign-in, and the one the browser brought ends", async () => {
    const old = await signIn(app);
    const response = await login(
      { email: "ada@example.org", password },
      { ...ownForm, cookie: old },
    );
    const fresh = response.headers.get("set-cookie")?.split(";")[0] ?? "";
    expect(fresh).not.toBe(old);
    expect((await app.request("/admin/apiKeys", { headers: { cookie: old } })).status).toBe(303);
    expect((await app.request("/admin/apiKeys", { headers: { cookie: fresh } })).status).toBe(200);
  });

  test("is stored as a digest only", async () => {
    const cookie = await signIn(app);
    const token = cookie.split("=")[1] ?? "";
    const rows = await app.database.client`select * from sessions`;
    expect(JSON.stringify(rows)).not.toContain(token);
  });
});

describe("forms from elsewhere", () => {
  const fields = { email: "ada@example.org", password };
  const plain = { "content-type": "application/x-www-form-urlencoded" };
  const foreign: Record<string, Record<string, string>> = {
    "with neither Sec-Fetch-Site nor Origin": plain,
    "from another site": { ...plain, "sec-fetch-site": "cross-site" },
    "from a sibling": { ...plain, "sec-fetch-site": "same-site" },
    "typed into the address bar": { ...plain, "sec-fetch-site": "none" },
    "from another origin": { ...plain, origin: "https://evil.example" },
    "from an opaque origin": { ...plain, origin: "null" },
    "from an origin that equals a forged Host": {
      ...plain,
      origin: "https://evil.example",
      host: "evil.example",
    },
    "that contradict themselves": { ...ownForm, origin: "https://evil.example" },
  };
  for (const [name, headers] of Object.entries(foreign)) {
    test(`are refused ${name}`, async () => {
      expect((await login(fields, headers)).status).toBe(403);
    });
  }

  test("are taken from our own origin", async () => {
    const own = { ...plain, origin: "http://localhost:9000" };
    expect((await login(fields, own)).status).toBe(303);
  });
});

test("over https the cookie is __Host- and secure, and browsers are told to stay there", async () => {
  const secure = await startTestApp({ baseUrl: () => "https://keys.example.org" });
  await makeAdmin(secure);
  const response = await secure.request("/login", form({ email: "ada@example.org", password }));
  expect(response.headers.get("set-cookie")).toMatch(/^__Host-civikey_session=.*; Secure$/);
  expect(response.headers.get("strict-transport-security")).toContain("max-age=");
  await secure.close();
});

test("every page has the strict headers", async () => {
  const cookie = await signIn(app);
  for (const [path, headers] of [
    ["/login", {}],
    ["/admin/apiKeys", { cookie }],
    ["/nothing", {}],
  ] as const) {
    const response = await app.request(path, { headers });
    const csp = response.headers.get("content-security-policy") ?? "";
    expect(csp).toContain("default-src 'none'");
    expect(csp).toContain("frame-ancestors 'none'");
    expect(csp).not.toContain("unsafe");
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(response.headers.get("x-content-type-options")).toBe("nosniff");
    expect(response.headers.get("cross-origin-opener-policy")).toBe("same-origin");
  }
});
