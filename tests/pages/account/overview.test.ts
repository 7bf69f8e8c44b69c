import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { countAttempt } from "../../../src/domain/access/people/throttle.ts";
import { noon, startTestApp, type TestApp } from "../../support/app.ts";
import { makeAdmin, makeKey, makeProgram, ownForm, password, signIn } from "../../support/factories.ts";
import { readElements, readText } from "../../support/markup.ts";

let app: TestApp;
let cookie: string;
const fresh = "another quiet walk by the sea";
const firefox = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0";

beforeEach(async () => {
  app = await startTestApp();
  await makeAdmin(app);
  cookie = await signIn(app);
});
afterEach(() => app.close());

const open = (as = cookie, path = "/admin/account") => app.request(path, { headers: { cookie: as } });
const send = (path: string, fields: Record<string, string> = {}, as = cookie) =>
  app.request(`/admin/account${path}`, {
    method: "POST",
    headers: { ...ownForm, cookie: as, "user-agent": firefox },
    body: new URLSearchParams(fields),
  });
const change = (fields: Record<string, string> = {}) =>
  send("/password", {
    currentPassword: password,
    password: fresh,
    passwordAgain: fresh,
    ...fields,
  });
const login = (given: string) =>
  app.request("/login", {
    method: "POST",
    headers: ownForm,
    body: new URLSearchParams({ email: "ada@example.org", password: given }),
  });
const idsToEnd = async (as = cookie) =>
  readElements(await (await open(as)).text()).flatMap(({ attributes }) => {
    const [, id] = /sessions\/(\d+)\/end$/.exec(attributes.get("action") ?? "") ?? [];
    return id === undefined ? [] : [id];
  });
const actions = async () => {
  const rows = await app.database.client`select actor, action, details from audit_events order by id`;
  return rows.map(({ actor, action }) => `${actor} ${action}`);
};

describe("changing the password", () => {
  test("ends every session, and gives the browser that changed it a new one", async () => {
    const other = await signIn(app);
    const response = await change();
    expect(response.status).toBe(303);
    expect(response.headers.get("location")).toBe("/admin/account?done=password");
    const renewed = response.headers.get("set-cookie")?.split(";")[0] ?? "";
    expect(renewed).not.toBe(cookie);
    expect((await open(cookie)).status).toBe(303);
    expect((await open(other)).status).toBe(303);
    const page = await open(renewed, "/admin/account?done=password");
    expect(readText(await page.text())).toContain("Password changed.");
    expect((await login(password)).status).toBe(401);
    expect((await login(fresh)).status).toBe(303);
    expect(await actions()).toContain("ada@example.org admin.password_set");
  });

  test("needs the current password and a good new one typed twice, and shows all problems at once", async () => {
    const cases: [Record<string, string>, string[]][] = [
      [{ currentPassword: "" }, ["Enter your current password."]],
      [{ currentPassword: "not my password" }, ["Incorrect password."]],
      [{ password: "short", passwordAgain: "short" }, ["Password must have 15 characters or more."]],
      [{ password, passwordAgain: password }, ["Choose a different password."]],
      [
        { currentPassword: "no", password: "aaaaaaaaaaaaaaaa", passwordAgain: "b" },
        ["Incorrect password.", "Password is too easy to guess", "The passwords don’t match."],
      ],
    ];
    for (const [fields, messages] of cases) {
      const response = await change(fields);
      expect(response.status).toBe(422);
      const html = await response.text();
      for (const message of messages) expect(readText(html)).toContain(message);
      for (const secret of Object.values(fields).filter((value) => value.length > 5)) {
        expect(html).not.toContain(secret);
      }
    }
    expect((await open()).status).toBe(200);
    expect((await login(password)).status).toBe(303);
    expect(await actions()).not.toContain("ada@example.org admin.password_set");
  });

  test("is refused after too many wrong passwords, even with the right one, as signing in is", async () => {
    const [session] = await app.database.client`select id from sessions order by id desc limit 1`;
    const { fingerprintKey } = app;
    const caller = { email: "ada@example.org", network: "", known: `session ${session?.id}` };
    for (let tries = 0; tries < 9; tries += 1) {
      await countAttempt(app.database.db, { ...caller, fingerprintKey }, noon);
    }
    expect((await change({ currentPassword: "not my password" })).status).toBe(422);
    const response = await change();
    expect(response.status).toBe(429);
    expect(response.headers.get("retry-after")).toBe("900");
    expect(readText(await response.text())).toContain("Too many failed sign-ins.");
    app.now = new Date(noon.getTime() + 16 * 60_000);
    expect((await change()).status).toBe(303);
  });
});

describe("sessions", () => {
  test("are listed with start, address and browser; the current one is marked, and ended ones are left out", async () => {
    app.now = new Date(noon.getTime() + 10 * 60_000);
    app.peer = "2001:db8::9";
    await app.request("/login", {
      method: "POST",
      headers: { ...ownForm, "user-agent": firefox },
      body: new URLSearchParams({ email: "ada@example.org", password }),
    });
    const text = readText(await (await open()).text());
    expect(text).toContain("Firefox on Windows Jan 15, 2026, 12:10 PM PST just now 2001:db8::9 End session");
    expect(text).toContain("This browser Jan 15, 2026, 12:00 PM PST just now 203.0.113.7 Sign out");
    // The other one is idle for too long by now; this one was seen in between.
    app.now = new Date(noon.getTime() + 65 * 60_000);
    await open();
    app.now = new Date(noon.getTime() + 75 * 60_000);
    expect(await idsToEnd()).toEqual([]);
  });

  test("can be ended one by one, which takes effect at once and is audited", async () => {
    const other = await signIn(app);
    const [id] = await idsToEnd();
    const response = await send(`/sessions/${id}/end`);
    expect(response.headers.get("location")).toBe("/admin/account?done=session");
    expect((await open(other)).status).toBe(303);
    expect((await open()).status).toBe(200);
    expect((await actions()).at(-1)).toBe("ada@example.org admin.session_ended");
    expect((await send(`/sessions/${id}/end`)).status).toBe(404);
  });

  test("of other admins are neither shown nor can they be ended", async () => {
    await makeAdmin(app, "eve@example.org");
    const eve = await signIn(app, "eve@example.org");
    await signIn(app);
    expect(await idsToEnd(eve)).toEqual([]);
    const [id] = await idsToEnd();
    for (const path of [`/sessions/${id}/end`, "/sessions/0/end", "/sessions/x/end"]) {
      expect((await send(path, {}, eve)).status).toBe(404);
    }
    expect(await idsToEnd()).toEqual([id ?? ""]);
    expect(await actions()).not.toContain("eve@example.org admin.session_ended");
  });

  test("can be ended all at once, including the current one but no other admin's", async () => {
    await makeAdmin(app, "eve@example.org");
    const eve = await signIn(app, "eve@example.org");
    const other = await signIn(app);
    const response = await send("/signOutEverywhere");
    expect(response.headers.get("location")).toBe("/login");
    expect(response.headers.get("set-cookie")).toContain("Max-Age=0");
    for (const as of [cookie, other]) expect((await open(as)).status).toBe(303);
    expect((await open(eve)).status).toBe(200);
    expect((await actions()).at(-1)).toBe("ada@example.org admin.signed_out_everywhere");
  });

  test("cannot be ended by a form from another site", async () => {
    for (const path of ["/signOutEverywhere", "/password", "/sessions/1/end"]) {
      const response = await app.request(`/admin/account${path}`, {
        method: "POST",
        headers: { ...ownForm, cookie, "sec-fetch-site": "cross-site" },
      });
      expect(response.status).toBe(403);
    }
    expect((await open()).status).toBe(200);
  });
});

test("a made-up address cannot make the page confirm a change that was never made", async () => {
  for (const done of ["constructor", "__proto__", "<b>x</b>", ""]) {
    const response = await open(cookie, `/admin/account?done=${encodeURIComponent(done)}`);
    expect(response.status).toBe(200);
    expect(await response.text()).not.toContain("usa-alert");
  }
});

test("every page says in the navigation how many keys expire soon; only the list says it again, with a link to them", async () => {
  await makeProgram(app);
  await makeKey(app, { keyName: "Soon over" });
  await makeKey(app, { keyName: "Long-lived", expiration: "2026-12-31" });
  const read = async (path: string) => (await open(cookie, path)).text();
  const count = (html: string, text: string) => readText(html).split(text).length - 1;
  const paths = ["account", "audit", "apiKeys", "apiKeys/retired", "apiKeys/new"].map((name) => `/admin/${name}`);
  for (const path of paths) expect([path, count(await read(path), "1 expiring within 30 days")]).toEqual([path, 1]);
  const list = await read("/admin/apiKeys");
  const note = "1 key expires within 30 days.";
  expect([count(list, note), count(await read("/admin/apiKeys/new"), note)]).toEqual([1, 0]);
  const links = readElements(list).map(({ attributes }) => attributes.get("href") ?? "");
  const soon = await read(links.find((href) => href.includes("expiring=true")) ?? "");
  expect([soon.includes("Soon over"), soon.includes("Long-lived"), count(soon, note)]).toEqual([true, false, 0]);
});
