import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { setPassword } from "../../../src/domain/access/people/set-password.ts";
import { createRateLimits } from "../../../src/http/api-guard/rate-limit.ts";
import { Secret } from "../../../src/lib/secrets/secret.ts";
import { noon, startTestApp, type TestApp } from "../../support/app.ts";
import { actor, makeKey, makePerson, makeProgram, ownForm, password, signIn } from "../../support/factories.ts";
import { elementById, readText } from "../../support/markup.ts";
import { giveApp, showCode } from "../../support/second-factors.ts";

let app: TestApp;
/** The same database, where a second factor is required. */
let strict: TestApp;
const minutes = (count: number) => new Date(noon.getTime() + count * 60_000);

beforeAll(async () => {
  app = await startTestApp();
  strict = await startTestApp({ database: app.database, requiresSecondFactor: true });
  await makeProgram(app);
});
afterAll(async () => {
  await strict.close();
  await app.close();
});

const cookiesOf = (response: Response) =>
  response.headers
    .getSetCookie()
    .map((line) => line.split(";")[0] ?? "")
    .filter((pair) => !pair.endsWith("="));
const cookieNamed = (response: Response, name: string) =>
  cookiesOf(response).find((pair) => pair.startsWith(`${name}=`)) ?? "";
const sessionOf = (response: Response) => cookieNamed(response, "civikey_session");
const open = (on: TestApp, path: string, cookie: string) => on.request(path, { headers: { cookie } });
const send = (on: TestApp, path: string, cookie: string, fields: Record<string, string> = {}) =>
  on.request(path, { method: "POST", headers: { ...ownForm, cookie }, body: new URLSearchParams(fields) });
const login = (on: TestApp, email: string, cookie = "") => send(on, "/login", cookie, { email, password });

let people = 0;
async function newAdmin() {
  people += 1;
  return makePerson(app, { email: `person-${people}@example.org`, roles: [{ role: "admin" }] });
}
const newAdminWithApp = async () => {
  const person = await newAdmin();
  return { ...person, ...(await giveApp(app, person)) };
};
const lastEvents = async (email: string, count: number) => {
  const rows = await app.database.client`
    select action, details from audit_events where actor = ${email} order by id desc limit ${count}`;
  return rows.toReversed().map(({ action, details }) => ({ action, details }));
};

describe("signing in with a second factor", () => {
  test("asks for it after the password, and only then starts a session, on the page that was asked for", async () => {
    const { email, secret } = await newAdminWithApp();
    const first = await send(app, "/login", "", { email, password, next: "/admin/audit" });
    expect(first.headers.get("location")).toBe("/login/secondFactor");
    expect(cookiesOf(first).map((pair) => pair.split("=")[0])).toEqual(["civikey_second_factor"]);
    const step = cookieNamed(first, "civikey_second_factor");
    const page = await open(app, "/login/secondFactor", step);
    expect(elementById(await page.text(), "code").attributes.get("autocomplete")).toBe("one-time-code");

    const wrong = await send(app, "/login/secondFactor", step, { code: "12345x" });
    expect(wrong.status).toBe(401);
    expect(readText(await wrong.text())).toContain("Incorrect code.");
    const right = await send(app, "/login/secondFactor", step, { code: showCode(secret, noon) });
    expect(right.headers.get("location")).toBe("/admin/audit");
    expect((await open(app, "/admin/audit", sessionOf(right))).status).toBe(200);
    expect((await open(strict, "/admin/audit", sessionOf(right))).status).toBe(200);
    expect(await lastEvents(email, 2)).toEqual([
      { action: "admin.second_factor_refused", details: { reason: "wrong code" } },
      { action: "admin.signed_in", details: { method: "password" } },
    ]);
    const again = await send(app, "/login/secondFactor", step, { code: showCode(secret, minutes(1)) });
    expect([again.headers.get("location"), sessionOf(again)]).toEqual(["/login", ""]);
  });

  test("takes a recovery code once, and says so in the audit trail", async () => {
    const { email, recoveryCodes } = await newAdminWithApp();
    const code = recoveryCodes[0] ?? "";
    const statuses = [];
    for (let round = 0; round < 2; round += 1) {
      const step = cookieNamed(await login(app, email), "civikey_second_factor");
      statuses.push((await send(app, "/login/secondFactor", step, { recoveryCode: code })).status);
    }
    expect(statuses).toEqual([303, 401]);
    expect(await lastEvents(email, 3)).toMatchObject([
      { action: "admin.recovery_code_used", details: { codesLeft: 9 } },
      { action: "admin.signed_in" },
      { action: "admin.second_factor_refused" },
    ]);
  });

  test("begins again ten minutes after the password, and when the password is changed or the person disabled", async () => {
    const changed = { password: new Secret("another quiet walk by the sea"), actor, now: noon };
    const ends: readonly [name: string, end: (email: string) => Promise<unknown>][] = [
      ["time", async () => (app.now = minutes(11))],
      ["password", (email) => setPassword(app.database.db, { email, ...changed })],
      ["disabled", (email) => app.database.client`update admins set disabled_at = now() where email = ${email}`],
    ];
    for (const [name, end] of ends) {
      const { email, secret } = await newAdminWithApp();
      const step = cookieNamed(await login(app, email), "civikey_second_factor");
      await end(email);
      const late = await send(app, "/login/secondFactor", step, { code: showCode(secret, app.now) });
      expect([name, late.headers.get("location"), sessionOf(late)]).toEqual([name, "/login", ""]);
      app.now = noon;
    }
  });

  test("refuses a right code after ten wrong ones, but makes no browser known that gave only the password", async () => {
    const { email, secret } = await newAdminWithApp();
    const first = await login(app, email);
    expect(cookiesOf(first)).toHaveLength(1);
    const step = cookieNamed(first, "civikey_second_factor");
    for (let round = 0; round < 10; round += 1) await send(app, "/login/secondFactor", step, { code: "000 00x" });
    app.peer = "192.0.2.99";
    const code = showCode(secret, noon);
    const refused = await send(app, "/login/secondFactor", step, { code });
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "900"]);
    app.peer = "203.0.113.7";
  });
});

/** Every route outside the API, with something in the places of its names. */
const pageRoutes = () =>
  app.app.routes
    .filter(({ path }) => /^\/(admin|docs)\b/.test(path))
    .map(({ method, path }) => ({ method, path: path.replaceAll(/:\w+|\*/g, "1") }));

describe("somebody who gave only the password", () => {
  test("opens no page at all when they have a second factor", async () => {
    const { email } = await newAdminWithApp();
    const step = cookieNamed(await login(app, email), "civikey_second_factor");
    const value = step.split("=")[1];
    const routes = pageRoutes().filter(({ path }) => path.startsWith("/admin"));
    expect(routes.length).toBeGreaterThan(20);
    const cookies = [step, `civikey_session=${value}`, `${step}; civikey_session=${value}`];
    for (const [at, { method, path }] of routes.entries()) {
      // The way to the session is the same on every page.
      const cookie = cookies[at % cookies.length] ?? "";
      const { status, headers } = await app.request(path, { method, headers: { ...ownForm, cookie } });
      const leadsTo = headers.get("location")?.split("?")[0];
      expect(`${method} ${path} ${status} ${leadsTo}`).toBe(`${method} ${path} 303 /login`);
    }
  });

  test("opens nothing but the set-up when they have none and one is required; sign-out and the API work", async () => {
    const { email } = await newAdmin();
    const cookie = sessionOf(await login(strict, email));
    expect(cookie).not.toBe("");
    const others = pageRoutes().filter(({ path }) => !path.startsWith("/admin/account/secondFactor"));
    expect(others.length).toBeGreaterThan(20);
    for (const [at, { method, path }] of others.filter((route) => route.path.startsWith("/admin")).entries()) {
      // That a page cannot be spelled past the guards is said in closed-by-default.test.ts.
      const spellings = [path.toUpperCase(), `/${path}`, `${path}/`];
      for (const spelled of [path, ...spellings.slice(at % 6, (at % 6) + 1)]) {
        const { status, headers } = await strict.request(spelled, { method, headers: { ...ownForm, cookie } });
        const leadsTo = headers.get("location")?.split("?")[0];
        expect(`${method} ${spelled} ${status} ${leadsTo}`).toBe(
          `${method} ${spelled} 303 /admin/account/secondFactor`,
        );
      }
    }
    const fragment = await strict.request("/admin/apiKeys", { headers: { cookie, "hx-request": "true" } });
    expect([fragment.status, fragment.headers.get("hx-redirect")]).toEqual([401, "/admin/account/secondFactor"]);
    const draft = await open(strict, "/docs/api/programs/snow-removal/draft", cookie);
    expect(draft.headers.get("location")).toStartWith("/admin/account/secondFactor?next=");
    const { token } = await makeKey(app);
    expect((await strict.call("/api/v1/checkAuth", token)).status).toBe(200);

    const page = await open(strict, "/admin/account/secondFactor?next=%2Fadmin%2Faudit", cookie);
    expect(page.status).toBe(200);
    const text = await page.text();
    expect(text).not.toContain('href="/admin/audit"');
    const setUp = await (await open(strict, "/admin/account/secondFactor/app", cookie)).text();
    expect(setUp).toContain('href="/admin/account/secondFactor"><bdi');
    expect(text).toContain("/admin/account/secondFactor/app?next=%2Fadmin%2Faudit");
    const out = await send(strict, "/logout", cookie);
    expect(out.headers.get("location")).toBe("/login");
    expect((await open(strict, "/admin/account/secondFactor", cookie)).headers.get("location")).toStartWith("/login");
  });

  test("opens everything where none is required", async () => {
    const { email } = await newAdmin();
    expect((await open(app, "/admin/apiKeys", sessionOf(await login(app, email)))).status).toBe(200);
  });
});

/** Sets up an app on the pages; the answer, and the app's secret. */
async function setUpApp(on: TestApp, cookie: string, given: { at?: Date; query?: string } = {}) {
  const { at = on.now, query = "" } = given;
  const path = `/admin/account/secondFactor/app${query}`;
  const html = await (await open(on, path, cookie)).text();
  const secret =
    readText(html)
      .match(/(?:[A-Z2-7]{4} ){7}[A-Z2-7]{4}/)?.[0]
      .replaceAll(" ", "") ?? "";
  const [, setUp = ""] = /name="setUp" value="([^"]+)"/.exec(html) ?? [];
  const answer = await send(on, path, cookie, { setUp, code: showCode(secret, at) });
  return { answer, secret, setUp };
}

describe("an authenticator app", () => {
  test("is set up with its first code; recovery codes come with it, and other sessions end", async () => {
    const { email } = await newAdmin();
    const other = await signIn(app, email);
    const cookie = sessionOf(await login(strict, email));
    const { answer, secret } = await setUpApp(strict, cookie, { query: "?next=%2Fadmin%2Faudit" });
    expect(answer.status).toBe(201);
    const html = await answer.text();
    expect(html.match(/\b[0-9a-z]{4}-[0-9a-z]{4}-[0-9a-z]{4}-[0-9a-z]{4}\b/g)).toHaveLength(10);
    expect(html).toContain('href="/admin/audit"');
    const fresh = sessionOf(answer);
    expect((await open(strict, "/admin/audit", fresh)).status).toBe(200);
    for (const old of [cookie, other]) expect((await open(app, "/admin/audit", old)).status).toBe(303);
    expect((await login(strict, email)).headers.get("location")).toBe("/login/secondFactor");
    expect(await lastEvents(email, 2)).toEqual([
      { action: "admin.authenticator_app_added", details: {} },
      { action: "admin.recovery_codes_created", details: {} },
    ]);
    expect(JSON.stringify(app.logLines)).not.toContain(secret);
  });

  test("is not set up with a wrong code, nor with what was made for somebody else", async () => {
    const { email } = await newAdmin();
    const cookie = sessionOf(await login(app, email));
    const wrong = await setUpApp(app, cookie, { at: minutes(10) });
    expect(wrong.answer.status).toBe(422);
    const html = await wrong.answer.text();
    expect(html).toContain(wrong.setUp);
    expect(readText(html)).toContain("This isn’t the app’s current code.");
    const eve = sessionOf(await login(app, (await newAdmin()).email));
    const fields = { setUp: wrong.setUp, code: showCode(wrong.secret, noon) };
    expect((await send(app, "/admin/account/secondFactor/app", eve, fields)).status).toBe(400);
    expect((await login(app, email)).headers.get("location")).toBe("/admin");
  });

  test("replaces an earlier one, and can be removed unless one is required", async () => {
    const { email, secret: first } = await newAdminWithApp();
    const step = cookieNamed(await login(app, email), "civikey_second_factor");
    const signedIn = await send(app, "/login/secondFactor", step, { code: showCode(first, noon) });
    const { answer } = await setUpApp(app, sessionOf(signedIn));
    expect(answer.headers.get("location")).toBe("/admin/account?done=app");
    const cookie = sessionOf(answer);
    const account = await (await open(strict, "/admin/account", cookie)).text();
    expect(account).not.toContain("/app/remove");
    expect((await send(strict, "/admin/account/secondFactor/app/remove", cookie)).status).toBe(409);
    const removed = await send(app, "/admin/account/secondFactor/app/remove", cookie);
    expect(removed.headers.get("location")).toBe("/admin/account?done=app-removed");
    expect((await login(app, email)).headers.get("location")).toBe("/admin");
    expect(
      await app.database.client`
      select from recovery_codes r join admins a on a.id = r.admin_id where a.email = ${email}`,
    ).toHaveLength(0);
  });
});

describe("a session that is not fresh", () => {
  test("changes no factor before the password and a code are shown again", async () => {
    const { email, secret } = await newAdminWithApp();
    const step = cookieNamed(await login(app, email), "civikey_second_factor");
    const cookie = sessionOf(await send(app, "/login/secondFactor", step, { code: showCode(secret, noon) }));
    app.now = minutes(16);
    const base = "/admin/account/secondFactor";
    const changes = ["/app", "/app/remove", "/passkey", "/passkey/options", "/passkeys/1/remove", "/recoveryCodes"];
    for (const path of changes) {
      const answer = await send(app, base + path, cookie);
      expect([path, answer.headers.get("location")?.split("?")[0]]).toEqual([path, `${base}/confirm`]);
    }
    for (const path of ["/app", "/passkey"]) {
      const leadsTo = `${base}/confirm?next=${encodeURIComponent(base + path)}`;
      expect((await open(app, base + path, cookie)).headers.get("location")).toBe(leadsTo);
    }
    const confirm = `${base}/confirm?next=${encodeURIComponent(`${base}/app`)}`;
    const code = showCode(secret, app.now);
    for (const fields of [{ currentPassword: password }, { code }, { currentPassword: "wrong", code }]) {
      expect((await send(app, confirm, cookie, fields)).status).toBe(422);
    }
    const confirmed = await send(app, confirm, cookie, { currentPassword: password, code });
    expect(confirmed.headers.get("location")).toBe(`${base}/app`);
    expect((await open(app, `${base}/app`, sessionOf(confirmed))).status).toBe(200);
    app.now = noon;
  });

  test("creates no key before both are shown again, and asks for neither once they were", async () => {
    const { email, recoveryCodes } = await newAdminWithApp();
    const step = cookieNamed(await login(app, email), "civikey_second_factor");
    const cookie = sessionOf(await send(app, "/login/secondFactor", step, { code: recoveryCodes[0] ?? "" }));
    app.now = minutes(16);
    const page = await (await open(app, "/admin/apiKeys/new", cookie)).text();
    expect(readText(page)).toContain("Code from your authenticator app");
    const refused = await send(app, "/admin/apiKeys", cookie, { currentPassword: password });
    expect(readText(await refused.text())).toContain("Enter a code.");
    const shown = { currentPassword: password, code: recoveryCodes[1] ?? "" };
    const answer = await send(app, "/admin/apiKeys", cookie, shown);
    const text = readText(await answer.text());
    expect(answer.status).toBe(422);
    expect(text).toContain("Key name cannot be blank.");
    expect(text).not.toContain("Your password");
    app.now = noon;
  });
});

test("a new password makes an older session no fresher: who has a second factor still has to show it", async () => {
  const { email, secret } = await newAdminWithApp();
  const step = cookieNamed(await login(app, email), "civikey_second_factor");
  const old = sessionOf(await send(app, "/login/secondFactor", step, { code: showCode(secret, noon) }));
  app.now = minutes(16);
  const fresh = "another quiet walk by the sea";
  const change = { currentPassword: password, password: fresh, passwordAgain: fresh };
  const changed = await send(app, "/admin/account/password", old, change);
  expect(changed.headers.get("location")).toBe("/admin/account?done=password");
  const removed = await send(app, "/admin/account/secondFactor/app/remove", sessionOf(changed));
  expect(removed.headers.get("location")).toStartWith("/admin/account/secondFactor/confirm");
  app.now = noon;
});

test("people who sign in with sign-on set up nothing here: that is the provider's matter", async () => {
  const { email } = await newAdmin();
  const cookie = await signIn(app, email);
  await app.database.client`
    update sessions set method = 'sign_on' where admin_id = (select id from admins where email = ${email})`;
  for (const path of ["/admin/account/secondFactor/app", "/admin/account/secondFactor/passkey/options"]) {
    expect((await send(app, path, cookie)).status).toBe(409);
  }
  expect(await (await open(strict, "/admin/account", cookie)).text()).not.toContain("Second factor");
});

test("new recovery codes replace the old ones", async () => {
  const { email, secret, recoveryCodes } = await newAdminWithApp();
  const step = cookieNamed(await login(app, email), "civikey_second_factor");
  const cookie = sessionOf(await send(app, "/login/secondFactor", step, { code: showCode(secret, noon) }));
  const answer = await send(app, "/admin/account/secondFactor/recoveryCodes", cookie);
  expect(answer.status).toBe(201);
  const next = cookieNamed(await login(app, email), "civikey_second_factor");
  expect((await send(app, "/login/secondFactor", next, { code: recoveryCodes[0] ?? "" })).status).toBe(401);
  const [code = ""] = (await answer.text()).match(/\b(?:[0-9a-z]{4}-){3}[0-9a-z]{4}\b/) ?? [];
  expect((await send(app, "/login/secondFactor", next, { code })).status).toBe(303);
});

describe("passkeys", () => {
  test("are asked for with a challenge that a browser's cookie belongs to, for the host of the public URL", async () => {
    const answer = await send(app, "/login/passkey/options", "");
    expect(await answer.json()).toMatchObject({
      rpId: "localhost",
      userVerification: "required",
      challenge: expect.stringMatching(/^[\w-]{43}$/),
    });
    expect(cookieNamed(answer, "civikey_passkey")).not.toBe("");
  });

  test("are taken from a network as often as pages for strangers are, and no oftener", async () => {
    const limits = createRateLimits({ refusedPerMinute: 0, perKeyPerMinute: 0, anonymousPerMinute: 2 });
    const limited = await startTestApp({ limits, database: app.database });
    try {
      const statuses = [];
      for (let count = 0; count < 3; count += 1) {
        const { status, headers } = await send(limited, "/login/passkey", "", { passkey: "{}" });
        statuses.push(`${status} ${headers.get("content-type")}`);
      }
      const html = "text/html; charset=utf-8";
      expect(statuses).toEqual([`401 ${html}`, `401 ${html}`, `429 ${html}`]);
    } finally {
      await limited.close();
    }
  });

  const notFromUs = ["", "{}", "null", "[]", '{"id":1}', "not JSON", '{"id":"x","response":{}}', '{"id":"\\u0000"}'];
  test.each([...notFromUs, `{"id":"${"x".repeat(9_000)}"}`])("sign nobody in with %p", async (passkey) => {
    const cookie = cookieNamed(await send(app, "/login/passkey/options", ""), "civikey_passkey");
    const answer = await send(app, "/login/passkey", cookie, { passkey });
    expect(answer.status).toBe(401);
    expect(sessionOf(answer)).toBe("");
    expect(app.logLines.at(-1)).toMatchObject({ signIn: "unknown_passkey" });
  });
});
