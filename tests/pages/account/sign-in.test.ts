import { afterAll, afterEach, beforeAll, describe, expect, spyOn, test } from "bun:test";
import { createSetupToken } from "../../../src/domain/access/people/setup.ts";
import { countAttempt, countFailure } from "../../../src/domain/access/people/throttle.ts";
import { networkOf, parseAddress } from "../../../src/lib/net/subnets.ts";
import { noon, startTestApp, type TestApp } from "../../support/app.ts";
import { makeAdmin, ownForm, password, passwordHash, signIn } from "../../support/factories.ts";

let app: TestApp;
const minutes = (count: number) => new Date(noon.getTime() + count * 60_000);
const form = (fields: Record<string, string>, headers: Record<string, string> = ownForm) => ({
  method: "POST",
  headers,
  body: new URLSearchParams(fields),
});
/** Counts wrong passwords from where the test is, without the work of checking them. */
const fail = async (email: string, count: number) => {
  const address = parseAddress(app.peer ?? "");
  if (address === undefined) throw new Error("no address");
  const { fingerprintKey } = app;
  const caller = { email, network: networkOf(address), known: undefined, fingerprintKey };
  for (let index = 0; index < count; index += 1) {
    await countAttempt(app.database.db, caller, app.now);
  }
};
/** The cookie of a browser that has signed in. */
const readDevice = (response: Response) => response.headers.getSetCookie()[1]?.split(";")[0] ?? "";
const login = (fields: Record<string, string>, headers?: Record<string, string>) =>
  app.request("/login", form(fields, headers));

beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.close());

describe("setup", () => {
  test("makes the first admin with a link that works once, and signs them in", async () => {
    const token = (await createSetupToken(app.database.db, { now: noon }))?.reveal() ?? "";
    expect((await app.request(`/setup?token=${token}`)).status).toBe(200);
    const short = await app.request("/setup", form({ token, email: "ada@example.org", password: "short" }));
    expect(short.status).toBe(422);
    expect(await short.text()).toContain("Password must have 15 characters or more.");
    const made = await app.request("/setup", form({ token, email: "Ada@Example.org", password }));
    expect(made.status).toBe(303);
    expect(made.headers.get("set-cookie")).toContain("civikey_session=");
    const events = await app.database.client`select actor, action from audit_events order by id`;
    expect([...events]).toEqual([
      { actor: "setup link", action: "admin.created" },
      { actor: "ada@example.org", action: "admin.signed_in" },
    ]);
    const [person] = await app.database.client`select last_signed_in_at::text as at from admins`;
    expect(new Date(person?.at)).toEqual(noon);
    const again = await app.request("/setup", form({ token, email: "eve@example.org", password }));
    expect(again.status).toBe(404);
    expect((await app.request(`/setup?token=${token}`)).status).toBe(404);
    expect(await createSetupToken(app.database.db, { now: noon })).toBeUndefined();
  });

  test("answers 404 for a made-up link", async () => {
    expect((await app.request("/setup?token=guess")).status).toBe(404);
    expect((await app.request("/setup")).status).toBe(404);
  });
});

describe("sign-in", () => {
  beforeAll(async () => {
    await app.database.client`update admins set password_hash = ${await passwordHash}`;
  });

  test.each(["/login", "/setup"])("%s reads no form that is larger than any password needs", async (path) => {
    const longest = { email: "eve@example.org", token: "guess", password: "😀".repeat(1000) };
    expect((await app.request(path, form(longest))).status).toBeOneOf([401, 404]);
    expect((await app.request(path, form({ ...longest, next: "a=&".repeat(10_000) }))).status).toBe(413);
  });

  test("a flood of strangers from many networks keeps neither a known browser nor a page waiting", async () => {
    const home = app.peer;
    const email = "ada@example.org";
    const cookie = readDevice(await login({ email, password }));
    const { verify } = Bun.password;
    const [begun, released] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const checks = spyOn(Bun.password, "verify").mockImplementation(async (...input) => {
      begun.resolve();
      await released.promise;
      return verify(...input);
    });
    let answered = 0;
    const strangers = Array.from({ length: 5 }, async (_, index) => {
      app.peer = `2001:db8:${index}::1`;
      const { status } = await login({ email: `eve${index}@example.org`, password });
      answered += 1;
      return status;
    });
    app.peer = home;
    await begun.promise;
    expect(checks).toHaveBeenCalledTimes(1);
    // One stranger's check takes up a processor; the others wait.
    checks.mockRestore();
    expect((await login({ email, password }, { ...ownForm, cookie })).status).toBe(303);
    expect((await app.request("/login", { headers: { "accept-encoding": "gzip" } })).status).toBe(200);
    expect(answered).toBe(0);
    released.resolve();
    expect(new Set(await Promise.all(strangers))).toEqual(new Set([401]));
  });

  test("sets a session cookie that scripts cannot read, and leads back to the page that was asked for", async () => {
    const response = await login({
      email: "ADA@example.org ",
      password,
      next: "/admin/apiKeys/new",
    });
    expect(response.status).toBe(303);
    expect(response.headers.get("location")).toBe("/admin/apiKeys/new");
    const [session, device] = response.headers.getSetCookie();
    expect(session).toMatch(/^civikey_session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax$/);
    expect(device).toMatch(
      /^civikey_device_[0-9a-f]{16}=[\w-]{22}\.[\w-]{43}; Max-Age=34560000; Path=\/; HttpOnly; SameSite=Lax$/,
    );
  });

  for (const next of ["https://evil.example", "//evil.example", "/\\evil.example", "/admin/../login"]) {
    test(`never redirects to ${next}`, async () => {
      const response = await login({ email: "ada@example.org", password, next });
      expect(response.headers.get("location")).toStartWith("/admin");
      expect(response.headers.get("location")).not.toContain("evil");
    });
  }

  test("gives the same answer for a wrong password and an unknown e-mail address", async () => {
    const answers = [];
    for (const email of ["ada@example.org", "nobody@example.org"]) {
      const response = await login({ email, password: "not the right password" });
      expect(response.status).toBe(401);
      answers.push((await response.text()).replaceAll(email, "-"));
    }
    expect(answers[0]).toBe(answers[1] ?? "");
  });

  test("refuses an account's eleventh try for fifteen minutes, even with the right password", async () => {
    await makeAdmin(app, "busy@example.org");
    await fail("busy@example.org", 9);
    const statuses = [];
    for (const given of ["not the right password", "not the right password", password]) {
      statuses.push(await login({ email: "busy@example.org", password: given }));
    }
    expect(statuses.map(({ status }) => status)).toEqual([401, 429, 429]);
    expect(statuses[2]?.headers.get("retry-after")).toBe("900");
    app.now = minutes(16);
    expect((await login({ email: "busy@example.org", password })).status).toBe(303);
    app.now = noon;
  });

  test("keeps an admin's session working while a stranger's tries lock the account", async () => {
    await makeAdmin(app, "locked@example.org");
    const cookie = await signIn(app, "locked@example.org");
    await fail("locked@example.org", 10);
    expect((await login({ email: "locked@example.org", password })).status).toBe(429);
    app.now = minutes(16 - 2);
    const headers = { ...ownForm, cookie };
    const change = { currentPassword: password, password: "short", passwordAgain: "short" };
    const answer = await app.request("/admin/account/password", form(change, headers));
    expect(answer.status).toBe(422);
    app.now = noon;
  });

  test("keeps neither the password nor the e-mail address of a failed try, in the log or the database", async () => {
    await login({ email: "mallory@example.org", password: "secret of mallory" });
    const rows = await app.database.client`
      select a::text as row from sign_in_attempts a union all select e::text from audit_events e`;
    expect(JSON.stringify([app.logLines, rows])).not.toMatch(/mallory/);
  });
});

describe("strangers who give wrong passwords", () => {
  const statusOf = async (email: string, given: string, headers?: Record<string, string>) =>
    (await login({ email, password: given }, headers)).status;
  afterEach(() => {
    app.peer = "203.0.113.7";
  });

  test("lock an account only for their own network", async () => {
    const email = "network@example.org";
    await makeAdmin(app, email);
    app.peer = "127.0.0.9";
    await fail(email, 9);
    expect(await statusOf(email, "not the right password")).toBe(401);
    expect(await statusOf(email, password)).toBe(429);
    app.peer = "127.0.0.1";
    expect(await statusOf(email, password)).toBe(303);
  });

  test("never lock out a browser that has signed in before, even from the same network", async () => {
    const email = "device@example.org";
    await makeAdmin(app, email);
    app.peer = "192.0.2.40";
    const known = { ...ownForm, cookie: readDevice(await login({ email, password })) };
    await fail(email, 10);
    for (let index = 0; index < 45; index += 1) await fail(`nobody-${index}@example.org`, 1);
    expect(await statusOf(email, password)).toBe(429);
    const back = await login({ email, password }, known);
    expect(back.status).toBe(303);
    expect(readDevice(back)).toBe(known.cookie);
  });

  test("include a browser that last signed in before the password was changed", async () => {
    const email = "renewed@example.org";
    await makeAdmin(app, email);
    app.peer = "192.0.2.52";
    const known = { ...ownForm, cookie: readDevice(await login({ email, password })) };
    await fail(email, 10);
    expect(await statusOf(email, password, known)).toBe(303);
    const renewed = await Bun.password.hash("another long password");
    await app.database.client`update admins set password_hash = ${renewed} where email = ${email}`;
    expect(await statusOf(email, "another long password", known)).toBe(429);
  });

  test("stay locked out with the cookie of another account or a made-up one", async () => {
    await makeAdmin(app, "victim@example.org");
    await makeAdmin(app, "thief@example.org");
    const own = readDevice(await login({ email: "thief@example.org", password }));
    const victims = readDevice(await login({ email: "victim@example.org", password }));
    const [name, value] = [victims.split("=")[0], own.split("=")[1]];
    app.peer = "192.0.2.51";
    await fail("victim@example.org", 10);
    for (const cookie of [own, `${name}=${value}`, `${name}=x.${"é".repeat(43)}`, `${name}=`]) {
      expect(await statusOf("victim@example.org", password, { ...ownForm, cookie })).toBe(429);
    }
  });

  test("add one event to the audit log once they are refused, not one for every try", async () => {
    const email = "flooded@example.org";
    await makeAdmin(app, email);
    await fail(email, 10);
    for (let index = 0; index < 5; index += 1) expect(await statusOf(email, "no")).toBe(429);
    const events = await app.database.client`
      select action, details from audit_events where actor = ${email}`;
    expect([...events]).toEqual([{ action: "admin.sign_in_failed", details: { reason: "too many failures" } }]);
  });
});

test("a disabled person is told what a stranger is; the log and the trail say why", async () => {
  const { email } = await makeAdmin(app, "gone@example.org");
  await app.database.client`update admins set disabled_at = now() where email = ${email}`;
  const stranger = await login({ email: "nobody@example.org", password });
  const response = await login({ email, password });
  expect(response.status).toBe(401);
  expect(response.headers.getSetCookie()).toEqual([]);
  expect((await response.text()).replaceAll(email, "nobody@example.org")).toBe(await stranger.text());
  expect(app.logLines.at(-1)).toMatchObject({ signIn: "disabled_account", account: email });
  const events = await app.database.client`select action, details from audit_events where actor = ${email}`;
  expect([...events]).toEqual([{ action: "admin.sign_in_failed", details: { reason: "disabled account" } }]);
});

test("a flood of sign-ins from one block of addresses takes its turn with everybody else's", async () => {
  const email = "elsewhere@example.org";
  await makeAdmin(app, email);
  app.now = minutes(45);
  // One is checked, and a hundred wait.
  const flood = Array.from({ length: 110 }, (_, index) => {
    app.peer = `2001:db8:77:${index}::1`;
    return login({ email, password: "wrong" });
  });
  app.peer = "203.0.113.7";
  expect((await login({ email, password })).status).toBe(303);
  const statuses = await Promise.all(flood.map(async (answer) => (await answer).status));
  expect(statuses).toContain(503);
});

test("a flood of failures from many networks adds ten events of an account to the audit log, then one with their number", async () => {
  const account = "besieged@example.org";
  await makeAdmin(app, account);
  const { fingerprintKey, now } = app;
  for (let index = 0; index < 12; index += 1) {
    app.peer = `198.51.100.${index}`;
    expect((await login({ email: account, password: "wrong" })).status).toBe(401);
  }
  while ((await countFailure(app.database.db, { account, fingerprintKey, now })) < 99);
  for (const email of [account, account, "unknown@example.org"]) await login({ email, password: "wrong" });
  app.peer = "203.0.113.7";
  const reason = "wrong password";
  const events = await app.database.client`
    select details from audit_events where action = 'admin.sign_in_failed' and actor = ${account} order by id`;
  expect(events.map(({ details }) => details)).toEqual([
    ...Array(10).fill({ reason }),
    { reason, failuresInQuarterOfAnHour: 100 },
  ]);
});

describe("the audit log and the server's log", () => {
  const lastEvents = async (count: number) => {
    const rows = await app.database.client`
      select actor, action, host(address) as address, details from audit_events
      order by id desc limit ${count}`;
    return rows.toReversed();
  };
  const lastLine = () => app.logLines.at(-1);

  test("have every sign-in, failed sign-in and sign-out, with who, from where and why it failed", async () => {
    await makeAdmin(app, "traced@example.org");
    app.peer = "192.0.2.77";
    app.now = minutes(15);
    await login({ email: "traced@example.org", password: "not the right password" });
    const account = "traced@example.org";
    expect(lastLine()).toMatchObject({ signIn: "wrong_password", account, clientIp: app.peer });
    await login({ email: "hunter2hunter2hunter2", password });
    expect(lastLine()).toMatchObject({ signIn: "unknown_account", clientIp: app.peer });
    const signedIn = await login({ email: account, password });
    const cookie = signedIn.headers.getSetCookie()[0]?.split(";")[0] ?? "";
    expect(lastLine()).toMatchObject({ signIn: "signed_in", account, clientIp: app.peer });
    app.now = minutes(31);
    const headers = { ...ownForm, cookie };
    await app.request("/admin/apiKeys", form({ currentPassword: "wrong" }, headers));
    expect(lastLine()).toMatchObject({ signIn: "wrong_password", account, clientIp: app.peer });
    await app.request("/logout", form({}, headers));
    app.now = noon;
    expect(lastLine()).toMatchObject({ signIn: "signed_out", account, clientIp: app.peer });
    const stranger = { actor: expect.stringMatching(/^unknown account [0-9a-f]{16}$/) };
    const admin = { actor: "traced@example.org" };
    expect(await lastEvents(5)).toMatchObject([
      { ...admin, action: "admin.sign_in_failed", details: { reason: "wrong password" } },
      { ...stranger, action: "admin.sign_in_failed", details: { reason: "unknown account" } },
      { ...admin, action: "admin.signed_in" },
      { ...admin, action: "admin.password_refused", details: { reason: "wrong password" } },
      { ...admin, action: "admin.signed_out" },
    ]);
    expect((await lastEvents(5)).map(({ address }) => address)).toEqual(Array(5).fill(app.peer));
    const trail = await app.database.client`select e::text as row from audit_events e`;
    expect(JSON.stringify([trail, app.logLines])).not.toMatch(/hunter2|not the right password/);
    app.peer = "203.0.113.7";
  });
});

describe("a session", () => {
  test("ends after an hour without a request, and after twelve hours in any case", async () => {
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

  test("that a server with a wrong clock has started or confirmed lasts no longer than others", async () => {
    await makeAdmin(app, "early@example.org");
    const open = (cookie: string) => app.request("/admin/apiKeys", { headers: { cookie } });
    app.now = minutes(400 * 24 * 60);
    const ahead = await signIn(app, "early@example.org");
    expect((await open(ahead)).status).toBe(200);
    app.now = minutes(12);
    expect((await open(ahead)).status).toBe(303);
    const cookie = await signIn(app, "early@example.org");
    await app.database.client`update sessions set authenticated_at = authenticated_at + interval '1 year'`;
    const answer = await app.request("/admin/apiKeys", form({}, { ...ownForm, cookie }));
    expect(await answer.text()).toContain("currentPassword");
    app.now = noon;
  });

  test("ends on the server when the admin signs out", async () => {
    const cookie = await signIn(app);
    const out = await app.request("/logout", { method: "POST", headers: { ...ownForm, cookie } });
    expect(out.headers.get("set-cookie")).toContain("Max-Age=0");
    expect(out.headers.get("clear-site-data")).toBe('"cache", "storage"');
    expect((await app.request("/admin/apiKeys", { headers: { cookie } })).status).toBe(303);
  });

  test("gets a new token at every sign-in, which ends the session that the browser had", async () => {
    const old = await signIn(app);
    const response = await login({ email: "ada@example.org", password }, { ...ownForm, cookie: old });
    const fresh = response.headers.get("set-cookie")?.split(";")[0] ?? "";
    expect(fresh).not.toBe(old);
    expect((await app.request("/admin/apiKeys", { headers: { cookie: old } })).status).toBe(303);
    expect((await app.request("/admin/apiKeys", { headers: { cookie: fresh } })).status).toBe(200);
  });

  test("gets a new token when the password is entered again, and the old token stops working", async () => {
    const old = await signIn(app);
    app.now = minutes(16);
    const open = (cookie: string) => app.request("/admin/apiKeys", { headers: { cookie } });
    const send = (cookie: string) =>
      app.request("/admin/apiKeys", form({ currentPassword: password }, { ...ownForm, cookie }));
    const answer = await send(old);
    expect(answer.status).toBe(422);
    const fresh = answer.headers.getSetCookie()[0]?.split(";")[0] ?? "";
    expect(fresh).not.toBe(old);
    expect((await open(old)).status).toBe(303);
    expect((await open(fresh)).status).toBe(200);
    expect((await send(fresh)).headers.getSetCookie()).toEqual([]);
    app.now = noon;
  });

  test("is never stored with its token as it is", async () => {
    const cookie = await signIn(app);
    const token = cookie.split("=")[1] ?? "";
    const rows = await app.database.client`select * from sessions`;
    expect(JSON.stringify(rows)).not.toContain(token);
  });
});

describe("sign-in forms from another site", () => {
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

  test("are accepted from our own origin", async () => {
    const own = { ...plain, origin: "http://localhost:9000" };
    expect((await login(fields, own)).status).toBe(303);
  });
});

test("over HTTPS, cookies are secure with the __Host- prefix, and HSTS is on", async () => {
  const secure = await startTestApp({ baseUrl: () => "https://keys.example.org" });
  await makeAdmin(secure);
  const response = await secure.request("/login", form({ email: "ada@example.org", password }));
  const names = response.headers.getSetCookie().map((line) => line.replace(/=.*; Secure$/, ""));
  expect(names).toEqual(["__Host-civikey_session", expect.stringMatching(/^__Host-civikey_device_[0-9a-f]{16}$/)]);
  expect(response.headers.get("strict-transport-security")).toContain("max-age=");
  await secure.close();
});

test("every page has the strict security headers", async () => {
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
