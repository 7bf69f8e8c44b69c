import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { noon, startTestApp, type TestApp } from "../../support/app.ts";
import { makeAdmin, makeProgram, ownForm, password, signIn } from "../../support/factories.ts";
import { elementById, readElements, readText } from "../../support/markup.ts";

let app: TestApp;
let cookie: string;
const minutesLater = (minutes: number) => new Date(noon.getTime() + minutes * 60_000);

beforeAll(async () => {
  app = await startTestApp();
  await makeAdmin(app);
  await makeAdmin(app, "bob@example.org");
  await makeProgram(app);
});
beforeEach(async () => {
  await app.database.client`delete from challenges`;
  app.now = noon;
  cookie = await signIn(app);
});
afterAll(() => app.close());

/** A browser: it keeps cookies. */
function createBrowser(first: string) {
  const jar = new Map([[first.split("=")[0] ?? "", first.slice(first.indexOf("=") + 1)]]);
  async function request(path: string, init: RequestInit = {}) {
    const cookies = [...jar].map(([name, value]) => `${name}=${value}`).join("; ");
    const response = await app.request(path, { ...init, headers: { ...init.headers, cookie: cookies } });
    for (const line of response.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (line.includes("Max-Age=0")) jar.delete(name);
      else jar.set(name, value);
    }
    return { status: response.status, location: response.headers.get("location"), html: await response.text() };
  }
  const send = (path: string, fields: Record<string, string>, headers: Record<string, string> = ownForm) =>
    request(path, { method: "POST", headers, body: new URLSearchParams(fields) });
  return { jar, request, open: (path: string) => request(path), send };
}
type Browser = ReturnType<typeof createBrowser>;

const typed = {
  keyName: `Night "sync"`,
  expiration: "2026-03-01",
  subnet: "10.1.0.0/16",
  "grant-program-read[snow-removal]": "true",
  note: "Ticket <4711>",
  currentPassword: password,
};
const signInAs = (browser: Browser, next: string, email = "ada@example.org") =>
  browser.send("/login", { email, password, next });
const keptForms = async () => {
  const rows = await app.database.client`select details from challenges where purpose = 'kept_form'`;
  return rows.map(({ details }) => String(details));
};

/** A browser that has sent the new-key form an hour and a minute after its last request. */
async function sendTooLate(): Promise<Browser> {
  const browser = createBrowser(cookie);
  app.now = minutesLater(61);
  const sent = await browser.send("/admin/apiKeys", typed);
  expect([sent.status, sent.location]).toEqual([303, "/login?next=%2Fadmin%2FapiKeys%2Fnew&ended=kept"]);
  return browser;
}

describe("a form that is sent after its session has ended", () => {
  test("comes back after signing in, once, even if the page fails before, without secrets; nothing is made", async () => {
    const browser = await sendTooLate();
    const [stored = ""] = await keptForms();
    expect(stored.length).toBeGreaterThan(100);
    expect(readText((await browser.open("/login?next=%2Fadmin%2FapiKeys%2Fnew&ended=kept")).html)).toContain(
      "Sign in, and your form comes back. Nothing has been saved yet.",
    );
    const { location } = await signInAs(browser, "/admin/apiKeys/new");
    expect(location).toBe("/admin/apiKeys/new");
    const { client } = app.database;
    await client`alter table programs rename to programs_away`;
    expect((await browser.open("/admin/apiKeys/new")).status).toBe(500);
    await client`alter table programs_away rename to programs`;
    expect((await browser.request("/admin/apiKeys/new", { method: "HEAD" })).status).toBe(200);
    const { html } = await browser.open("/admin/apiKeys/new");
    expect(readText(html)).toContain("nothing has been saved yet. What you typed is back");
    expect(elementById(html, "keyName").attributes.get("value")).toBe(typed.keyName);
    expect(elementById(html, "expiration").attributes.get("value")).toBe(typed.expiration);
    expect(readText(html)).toContain(typed.note);
    const box = readElements(html).find(
      ({ attributes }) => attributes.get("name") === "grant-program-read[snow-removal]",
    );
    expect(box?.attributes.has("checked")).toBeTrue();
    expect(html).not.toContain(password);
    expect(await keptForms()).toEqual([]);
    expect([...browser.jar.keys()]).not.toContain("civikey_kept_form");
    expect((await browser.open("/admin/apiKeys/new")).html).not.toContain("Ticket");
    expect(await app.database.client`select id from api_keys`).toHaveLength(0);
  });

  test("is not shown to somebody else who signs in there, nor to anybody later than half an hour", async () => {
    const browser = await sendTooLate();
    await signInAs(browser, "/admin/apiKeys/new", "bob@example.org");
    expect((await browser.open("/admin/apiKeys/new")).html).not.toContain("Ticket");

    app.now = noon;
    cookie = await signIn(app);
    const later = await sendTooLate();
    expect(await keptForms()).toHaveLength(1);
    app.now = minutesLater(92);
    await signInAs(later, "/admin/apiKeys/new");
    expect((await later.open("/admin/apiKeys/new")).html).not.toContain("Ticket");
  });

  test("is not kept for a stranger, for somebody who signed out, of another site, or with a file", async () => {
    const stranger = createBrowser("civikey_session=unknown");
    const lost = [303, "/login?next=%2Fadmin%2FapiKeys%2Fnew&ended=lost"];
    const answers = [await stranger.send("/admin/apiKeys", typed)];
    const leaving = createBrowser(cookie);
    const stale = createBrowser(cookie);
    await leaving.send("/logout", {});
    answers.push(await stale.send("/admin/apiKeys", typed));
    for (const { status, location } of answers) expect([status, location]).toEqual(lost);

    const browser = createBrowser(await signIn(app));
    app.now = minutesLater(61);
    const foreign = { "sec-fetch-site": "cross-site", origin: "https://evil.example" };
    expect((await browser.send("/admin/apiKeys", typed, foreign)).status).toBe(403);
    const body = new FormData();
    body.set("publish", "true");
    const headers = { "sec-fetch-site": "same-origin", cookie: [...browser.jar].map((pair) => pair.join("=")).join() };
    const upload = await app.request("/admin/programs", { method: "POST", headers, body });
    expect(upload.headers.get("location")).toBe("/login?next=%2Fadmin%2Fprograms%2Fimport&ended=lost");
    expect(await keptForms()).toEqual([]);
  });
});

test("a page that is asked for after the session has ended says so, and comes back after signing in", async () => {
  const browser = createBrowser(cookie);
  app.now = minutesLater(61);
  const { location } = await browser.open("/admin/refusals?q=10.0.0.1");
  expect(location).toBe("/login?next=%2Fadmin%2Frefusals%3Fq%3D10.0.0.1&ended=page");
  const login = await browser.open(location ?? "");
  expect(readText(login.html)).toContain("Your session has ended. Sign in to continue.");
  expect((await signInAs(browser, "/admin/refusals?q=10.0.0.1")).location).toBe("/admin/refusals?q=10.0.0.1");
  expect((await signInAs(browser, "//evil.example/admin")).location).toBe("/admin");
});

describe("the end of a session", () => {
  const ask = async (browser: Browser, method = "GET") =>
    (await browser.request("/login/session", { method, headers: { ...ownForm, "hx-request": "true" } })).html;
  const seenMinute = async () => {
    const [row] = await app.database.client`
      select (extract(epoch from last_seen_at - ${noon.toISOString()}::timestamptz) / 60)::float8 as minutes from sessions`;
    return row?.minutes;
  };

  test("is announced two minutes before; to be asked does not put it off, to stay does", async () => {
    await app.database.client`delete from sessions`;
    const browser = createBrowser(await signIn(app));
    const page = await browser.open("/admin/apiKeys/new");
    expect(elementById(page.html, "session").attributes.get("hx-trigger")).toBe("load delay:3480s");
    app.now = minutesLater(57);
    expect(elementById(await ask(browser), "session").attributes.get("hx-trigger")).toBe("load delay:60s");
    app.now = minutesLater(58.5);
    expect(readText(await ask(browser))).toBe(
      "Your session ends in 2 minutes. Do you want to stay signed in? Stay signed in",
    );
    expect(await seenMinute()).toBe(0);
    expect(elementById(await ask(browser, "POST"), "session").attributes.get("hx-trigger")).toBe("load delay:3480s");
    expect(await seenMinute()).toBe(58.5);
    app.now = minutesLater(119);
    expect(await ask(browser)).toContain("Your session has ended.");
    expect(await ask(browser, "POST")).toContain("Your session has ended.");
    expect((await browser.open("/login/session")).location).toBe("/login?ended=page");
  });

  test("cannot be put off past the longest time, and the page says so, without a script too", async () => {
    const browser = createBrowser(cookie);
    for (let minutes = 30; minutes < 12 * 60; minutes += 30) {
      app.now = minutesLater(minutes);
      expect((await browser.send("/login/session", {})).location).toBe("/login/session");
    }
    expect(readText((await browser.open("/login/session")).html)).toContain("You will have to sign in again then.");
    app.now = minutesLater(12 * 60 - 1);
    expect(readText(await ask(browser))).toContain("Your session ends in 1 minute. You will have to sign in again.");
  });
});
