import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { startTestApp, type TestApp } from "./support/app.ts";
import {
  applicationRecord,
  importRecords,
  makeKey,
  makePerson,
  makeProgram,
  ownForm,
  password,
  signIn,
} from "./support/factories.ts";

const people = ["nobody", "disabled", "none", "admin", "auditor", "own", "other"] as const;
type Who = (typeof people)[number];

type Statuses = readonly [number, number, number, number, number, number, number];
/** One's own account. */
const ofAnyone = (status: number): Statuses => [303, 303, status, status, status, status, status];

/**
 * Who may open what: how each page answers an empty form or none, in a session that must confirm the password before a
 * change. `nobody` is not signed in, `disabled` was an admin, `none` has no role, `own` administers the program of the
 * address and of the key, `other` another program. 303 is sign-in for the first two, and one's own account for `none`.
 * `docs/people.md` says it for people. Whoever adds a page adds a row.
 */
const table: Readonly<Record<string, Statuses>> = {
  //                                          nobody disabled none admin auditor own other
  "GET /admin/account": ofAnyone(200),
  "POST /admin/account/password": ofAnyone(422),
  "GET /admin/account/secondFactor": ofAnyone(200),
  "GET /admin/account/secondFactor/app": ofAnyone(303),
  "GET /admin/account/secondFactor/confirm": ofAnyone(200),
  "GET /admin/account/secondFactor/passkey": ofAnyone(303),
  "POST /admin/account/secondFactor/app": ofAnyone(303),
  "POST /admin/account/secondFactor/app/remove": ofAnyone(303),
  "POST /admin/account/secondFactor/confirm": ofAnyone(422),
  "POST /admin/account/secondFactor/passkey": ofAnyone(303),
  "POST /admin/account/secondFactor/passkey/options": ofAnyone(303),
  "POST /admin/account/secondFactor/passkeys/:id/remove": ofAnyone(303),
  "POST /admin/account/secondFactor/recoveryCodes": ofAnyone(303),
  "POST /admin/account/sessions/:id/end": ofAnyone(404),
  "POST /admin/account/signOutEverywhere": ofAnyone(303),
  "GET /admin/apiKeys": [303, 303, 303, 200, 200, 200, 200],
  "GET /admin/apiKeys/download": [303, 303, 303, 200, 200, 200, 200],
  "GET /admin/apiKeys/expired/download": [303, 303, 303, 200, 200, 200, 200],
  "GET /admin/apiKeys/retired/download": [303, 303, 303, 200, 200, 200, 200],
  "GET /admin/apiKeys/expired": [303, 303, 303, 200, 200, 200, 200],
  "GET /admin/apiKeys/retired": [303, 303, 303, 200, 200, 200, 200],
  "GET /admin/apiKeys/:id": [303, 303, 303, 200, 200, 200, 404],
  "GET /admin/apiKeys/new": [303, 303, 303, 200, 404, 404, 404],
  "POST /admin/apiKeys/new": [303, 303, 303, 200, 404, 404, 404],
  "POST /admin/apiKeys/new/preview": [303, 303, 303, 200, 404, 404, 404],
  "POST /admin/apiKeys": [303, 303, 303, 422, 404, 404, 404],
  "GET /admin/apiKeys/:id/dismiss": [303, 303, 303, 303, 404, 404, 404],
  "POST /admin/apiKeys/:id/dismiss": [303, 303, 303, 303, 404, 404, 404],
  "GET /admin/apiKeys/:id/narrow": [303, 303, 303, 200, 404, 404, 404],
  "POST /admin/apiKeys/:id/narrow": [303, 303, 303, 422, 404, 404, 404],
  "GET /admin/apiKeys/:id/retire": [303, 303, 303, 200, 404, 404, 404],
  "POST /admin/apiKeys/:id/retire": [303, 303, 303, 422, 404, 404, 404],
  "GET /admin/apiKeys/retire": [303, 303, 303, 303, 404, 404, 404],
  "POST /admin/apiKeys/retire": [303, 303, 303, 303, 404, 404, 404],
  "GET /admin/apiKeys/:id/rotate": [303, 303, 303, 200, 404, 404, 404],
  "POST /admin/apiKeys/:id/rotate": [303, 303, 303, 422, 404, 404, 404],
  "GET /admin/applications": [303, 303, 303, 200, 404, 200, 200],
  "GET /admin/audit": [303, 303, 303, 200, 200, 404, 404],
  "GET /admin/audit/download": [303, 303, 303, 200, 200, 404, 404],
  "GET /admin/people/download": [303, 303, 303, 200, 200, 404, 404],
  "GET /admin/people": [303, 303, 303, 200, 200, 404, 404],
  "GET /admin/people/:id": [303, 303, 303, 200, 200, 404, 404],
  "GET /admin/people/invite": [303, 303, 303, 200, 404, 404, 404],
  "POST /admin/people/invite": [303, 303, 303, 422, 404, 404, 404],
  "GET /admin/people/:id/disable": [303, 303, 303, 200, 404, 404, 404],
  "POST /admin/people/:id/disable": [303, 303, 303, 422, 404, 404, 404],
  "GET /admin/people/:id/enable": [303, 303, 303, 200, 404, 404, 404],
  "POST /admin/people/:id/enable": [303, 303, 303, 422, 404, 404, 404],
  "GET /admin/people/:id/endSessions": [303, 303, 303, 200, 404, 404, 404],
  "POST /admin/people/:id/endSessions": [303, 303, 303, 422, 404, 404, 404],
  "GET /admin/people/:id/invite": [303, 303, 303, 200, 404, 404, 404],
  "POST /admin/people/:id/invite": [303, 303, 303, 422, 404, 404, 404],
  "GET /admin/people/:id/resetSecondFactor": [303, 303, 303, 200, 404, 404, 404],
  "POST /admin/people/:id/resetSecondFactor": [303, 303, 303, 422, 404, 404, 404],
  "GET /admin/people/:id/roles": [303, 303, 303, 200, 404, 404, 404],
  "POST /admin/people/:id/roles": [303, 303, 303, 422, 404, 404, 404],
  "GET /admin/programs": [303, 303, 303, 200, 200, 200, 200],
  "POST /admin/programs": [303, 303, 303, 400, 404, 404, 404],
  "GET /admin/programs/import": [303, 303, 303, 200, 404, 404, 404],
  "GET /admin/programs/:slug": [303, 303, 303, 200, 200, 200, 404],
  "GET /admin/programs/:slug/applications": [303, 303, 303, 200, 404, 200, 404],
  "GET /admin/programs/:slug/applications/download": [303, 303, 303, 200, 404, 200, 404],
  "GET /admin/programs/:slug/applications/:id": [303, 303, 303, 200, 404, 200, 404],
  "GET /admin/programs/:slug/applications/:id/erase": [303, 303, 303, 200, 404, 404, 404],
  "POST /admin/programs/:slug/applications/:id/erase": [303, 303, 303, 422, 404, 404, 404],
  "POST /admin/programs/:slug/applications/:id/status": [303, 303, 303, 303, 404, 303, 404],
  "GET /admin/programs/:slug/keep": [303, 303, 303, 200, 404, 404, 404],
  "POST /admin/programs/:slug/keep": [303, 303, 303, 422, 404, 404, 404],
  "GET /admin/programs/:slug/publish": [303, 303, 303, 200, 404, 404, 404],
  "POST /admin/programs/:slug/publish": [303, 303, 303, 303, 404, 404, 404],
  "POST /admin/programs/:slug/sync": [303, 303, 303, 409, 404, 404, 404],
  "GET /admin/refusals": [303, 303, 303, 200, 200, 200, 200],
  "GET /admin/refusals/download": [303, 303, 303, 200, 200, 200, 200],
  "GET /admin/settings": [303, 303, 303, 200, 200, 404, 404],
  "POST /admin/settings/test": [303, 303, 303, 200, 404, 404, 404],
  "GET /docs/api": [303, 303, 404, 200, 200, 200, 200],
  "GET /docs/api/openapi.json": [401, 401, 404, 200, 200, 200, 200],
  "GET /docs/api/programs": [303, 303, 404, 303, 303, 303, 303],
  "GET /docs/api/programs/:slug/active": [303, 303, 404, 200, 200, 200, 404],
  "GET /docs/api/programs/:slug/draft": [303, 303, 404, 200, 200, 200, 404],
  "GET /docs/api/schemas/:slug": [303, 303, 303, 303, 303, 303, 303],
  "GET /docs/api/schemas/:slug/yaml": [303, 303, 303, 303, 303, 303, 303],
  "GET /docs/versions": [200, 200, 200, 200, 200, 200, 200],
  "GET /docs/api/schema/:slug": [401, 401, 404, 200, 200, 200, 404],
};

let app: TestApp;
let keyId: number;
let personId: number;

beforeAll(async () => {
  app = await startTestApp({ docsAccess: "members" });
  await makeProgram(app);
  await makeProgram(app, { id: 2, questions: ["applicant name", "street"], publish: false });
  await makeProgram(app, { id: 3, adminName: "food-vouchers" });
  await importRecords(app, [applicationRecord(1)]);
  keyId = (await makeKey(app)).apiKey.id;
  const admin = [{ role: "admin" }] as const;
  await makePerson(app, { email: "disabled@example.org", roles: admin, isDisabled: true });
  personId = (await makePerson(app, { email: "none@example.org", roles: [] })).id;
  await makePerson(app, { email: "admin@example.org", roles: admin });
  await makePerson(app, { email: "auditor@example.org", roles: [{ role: "auditor" }] });
  for (const [who, programSlug] of [
    ["own", "snow-removal"],
    ["other", "food-vouchers"],
  ] as const) {
    await makePerson(app, { email: `${who}@example.org`, roles: [{ role: "program_admin", programSlug }] });
  }
});
afterAll(() => app.close());

const cookies = new Map<Who, Promise<string>>();

/** A session in which the password was given half an hour ago, one for each person. */
async function enter(who: Who): Promise<Record<string, string>> {
  if (who === "nobody") return {};
  const { database, peer, now } = app;
  const open = () => signIn({ database, peer, now: new Date(now.getTime() - 30 * 60_000) }, `${who}@example.org`);
  if (!cookies.has(who)) cookies.set(who, open());
  return { cookie: (await cookies.get(who)) ?? "" };
}

const fill = (path: string) =>
  path
    .replace("/apiKeys/:id", `/apiKeys/${keyId}`)
    .replace("/people/:id", `/people/${personId}`)
    .replace(":slug", "snow-removal")
    .replace("/sessions/:id", "/sessions/0")
    .replace(":id", "1");

async function ask(route: string, who: Who): Promise<Response> {
  const [method = "", path = ""] = route.split(" ");
  const body = method === "POST" ? { body: "" } : {};
  const headers = { ...ownForm, ...(await enter(who)) };
  const answer = await app.request(fill(path), { method, headers, ...body });
  if (path.endsWith("/signOutEverywhere")) cookies.delete(who);
  return answer;
}

test("the table has a row for every page below /admin and /docs, and for nothing else", () => {
  const routes = app.app.routes.filter(({ path }) => /^\/(admin|docs)\//.test(path));
  expect(routes.map(({ method, path }) => `${method} ${path}`).sort()).toEqual(Object.keys(table).sort());
});

test("HEAD answers like GET would, and leaves nothing in the audit log", async () => {
  const headers = await enter("admin");
  const events = async () => (await app.database.client`select count(*)::int as n from audit_events`)[0]?.n;
  const before = await events();
  for (const route of Object.keys(table).filter((each) => each.startsWith("GET"))) {
    const { status } = await app.request(fill(route.slice(4)), { method: "HEAD", headers });
    expect(`${route} ${status}`).toBe(`${route} ${table[route]?.[3]}`);
  }
  expect(await events()).toBe(before);
});

describe("who may open", () => {
  test.each(Object.entries(table))("%s", async (route, statuses) => {
    const answers = await Promise.all(people.map((who) => ask(route, who)));
    expect(answers.map(({ status }) => status)).toEqual([...statuses]);
    if (!route.includes("/admin/")) return;
    const [nobody, disabled, none] = answers.map(({ headers }) => headers.get("location")?.split("?")[0]);
    expect([nobody, disabled]).toEqual(["/login", "/login"]);
    if (!route.includes("/account")) expect(none).toBe("/admin/account");
  });
});

test("what a role does not open answers like an address where there is nothing", async () => {
  const read = async (path: string, method: string) => {
    const headers = { ...ownForm, ...(await enter("auditor")), "x-request-id": "same" };
    const response = await app.request(path, { method, headers, ...(method === "POST" ? { body: "" } : {}) });
    const { date: _, ...rest } = Object.fromEntries(response.headers);
    return [response.status, rest, await response.text()];
  };
  for (const [method, path, nothing] of [
    ["GET", "/admin/apiKeys/new", "/admin/apiKeys/nothing/there"],
    ["GET", "/admin/applications", "/admin/nothing"],
    ["GET", "/admin/programs/snow-removal/applications/1", "/admin/programs/nothing/there/1"],
    ["POST", "/admin/apiKeys", "/admin/apiKeys/nothing"],
    ["POST", `/admin/apiKeys/${keyId}/retire`, "/admin/apiKeys/nothing"],
  ] as const) {
    expect(await read(path, method)).toEqual(await read(nothing, method));
  }
});

test("a role that is taken, and the end of a person, bite on the next request", async () => {
  const { id } = await makePerson(app, { email: "leaving@example.org", roles: [{ role: "admin" }] });
  const headers = { cookie: await signIn(app, "leaving@example.org") };
  const status = async (path = "/admin/audit") => (await app.request(path, { headers })).status;
  expect(await status()).toBe(200);
  const { client } = app.database;
  await client`update admin_roles set role = 'auditor' where admin_id = ${id}`;
  expect([await status(), await status("/admin/applications")]).toEqual([200, 404]);
  await client`delete from admin_roles where admin_id = ${id}`;
  expect([await status(), await status("/admin/account")]).toEqual([303, 200]);
  await client`update admins set disabled_at = now() where id = ${id}`;
  expect(await status("/admin/account")).toBe(303);
});

test("a person without a role is led to their account, which says so and lets them sign out", async () => {
  const login = await app.request("/login", {
    method: "POST",
    headers: ownForm,
    body: new URLSearchParams({ email: "none@example.org", password }),
  });
  expect([login.status, login.headers.get("location")]).toEqual([303, "/admin"]);
  const headers = await enter("none");
  const html = await (await app.request("/admin/account", { headers })).text();
  expect(html).toContain("You don’t have a role yet");
  expect(html).toContain('action="/logout"');
  expect(html).toContain('action="/admin/account/password"');
  expect(html).not.toContain("civikey-nav__link");
  const htmx = await app.request("/admin/apiKeys", { headers: { ...headers, "hx-request": "true" } });
  expect([htmx.status, htmx.headers.get("hx-redirect")]).toEqual([401, "/admin/account"]);
});

/** By the table, in which `other` is a stranger to `own`'s program; their own is as open to them. */
function mayOpen(who: Who, href: string): boolean {
  const routes = Object.entries(table).filter(([route]) => {
    const pattern = route.replace(/^GET /, "").replace(/:\w+/g, "[^/]+");
    return route.startsWith("GET ") && new RegExp(`^${pattern}$`).test(href);
  });
  // `/apiKeys/new` before `/apiKeys/:id`.
  const [found] = routes.toSorted(([one], [other]) => one.split(":").length - other.split(":").length);
  const column = who === "other" && href.includes("food-vouchers") ? "own" : who;
  return found !== undefined && Number(found[1][people.indexOf(column)]) < 400;
}

test("the navigation has what a role may open, and pages offer only what works", async () => {
  const seen = async (who: Who, path: string) => {
    const html = await (await app.request(path, { headers: await enter(who) })).text();
    return [...html.matchAll(/<(?:a|form)[^>]* (?:href|action)="([^"#?]+)/g)].map(([, href = ""]) => href);
  };
  const paths = [
    ...["/admin/apiKeys", `/admin/apiKeys/${keyId}`, "/admin/programs", "/admin/programs/snow-removal"],
    ...["/admin/applications", "/admin/refusals", "/admin/people", `/admin/people/${personId}`],
  ];
  const opened = new Map<string, number>();
  for (const who of ["admin", "auditor", "own", "other"] as const) {
    const headers = await enter(who);
    const offered = new Set((await Promise.all(paths.map((path) => seen(who, path)))).flat());
    for (const href of [...offered].filter((each) => /^\/(admin|docs)\//.test(each))) {
      // What is there for the admin is there for the others, if the table says that they may open it.
      const status = opened.get(href) ?? (await app.request(href, { headers })).status;
      opened.set(href, status);
      expect(`${who} ${href} ${status < 400 && mayOpen(who, href)}`).toBe(`${who} ${href} true`);
    }
    const home = (await app.request("/admin", { headers })).headers.get("location");
    expect(home).toBe(who === "admin" || who === "auditor" ? "/admin/apiKeys" : "/admin/applications");
    expect(offered.has("/admin/apiKeys/new")).toBe(who === "admin");
    expect(offered.has("/admin/audit")).toBe(who === "admin" || who === "auditor");
    expect(offered.has("/admin/applications")).toBe(who !== "auditor");
  }
});
