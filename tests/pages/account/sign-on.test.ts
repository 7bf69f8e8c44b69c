/** Signing on at a provider that says what a test wants: every refusal, and who may enter. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { createRateLimits } from "../../../src/http/api-guard/rate-limit.ts";
import { noon, startTestApp, type TestApp } from "../../support/app.ts";
import { makeAdmin, ownForm, password } from "../../support/factories.ts";
import { connectTo, type FakeProvider, startFakeProvider } from "../../support/fake-provider.ts";
import { readText } from "../../support/markup.ts";

let app: TestApp;
let provider: FakeProvider;

beforeAll(async () => {
  provider = await startFakeProvider();
  app = await startTestApp({ signOn: connectTo(provider) });
});
afterAll(async () => {
  await app.close();
  await provider.close();
});
beforeEach(async () => {
  provider.reset();
  provider.now = noon;
  app.now = noon;
  app.logLines.length = 0;
  await app.database.client`delete from admins`;
  await app.database.client`delete from sign_in_attempts`;
  await app.database.client`delete from challenges`;
});

/** The cookies that an answer sets, as a browser sends them. */
const cookiesOf = (response: Response) =>
  response.headers
    .getSetCookie()
    .map((line) => line.split(";")[0] ?? "")
    .join("; ");
const sessionOf = (response: Response) =>
  response.headers
    .getSetCookie()
    .find((line) => /^civikey_session=./.test(line))
    ?.split(";")[0];

/** Goes to the provider. */
async function begin(path = "/login/sign-on", cookie = "") {
  const response = await app.request(path, { headers: { cookie } });
  const location = response.headers.get("location") ?? "";
  return { response, location, cookie: cookiesOf(response) };
}

const callback = (query: URLSearchParams | string, cookie: string) =>
  app.request(`/login/callback?${query}`, { headers: { cookie } });

/** Goes there and comes back. */
async function signOn(person = provider.person, path?: string): Promise<Response> {
  provider.person = person;
  const { location, cookie } = await begin(path);
  return callback(provider.signIn(location), cookie);
}

const read = async (response: Response, status: number) => {
  expect(response.status).toBe(status);
  expect(sessionOf(response)).toBeUndefined();
  return response.text();
};
const lastSignIn = () => app.logLines.findLast(({ signIn }) => signIn !== undefined)?.signIn;
const events = async () =>
  (await app.database.client`select actor, action, details from audit_events order by id desc limit 3`).map((row) => ({
    ...row,
  }));

describe("signing on", () => {
  test("makes the person of a group that gives a role, signs them in, and leads on", async () => {
    const response = await signOn(provider.person, "/login/sign-on?next=/admin/programs");
    expect(response.status).toBe(303);
    expect(response.headers.get("location")).toBe("/admin/programs");
    const page = await app.request("/admin/apiKeys", { headers: { cookie: sessionOf(response) ?? "" } });
    expect(page.status).toBe(200);
    expect(await page.text()).toContain("ada@example.org");
    const [session] = await app.database.client`select method from sessions`;
    expect(session).toEqual({ method: "sign_on" });
    expect(await app.database.client`select role, given_by from admin_roles`).toMatchObject([
      { role: "admin", given_by: "group" },
    ]);
    expect(lastSignIn()).toBe("signed_in");
    expect((await app.database.client`select count(*)::int as left from challenges`)[0]).toEqual({ left: 0 });
  });

  test("asks with PKCE, a state and a nonce of its own each time, and keeps nothing that the provider sent", async () => {
    const [first, second] = [await begin(), await begin()];
    const query = new URL(first.location).searchParams;
    expect(Object.fromEntries(query)).toMatchObject({
      ...{ client_id: "civikey", response_type: "code", scope: "openid email", code_challenge_method: "S256" },
      redirect_uri: "http://localhost:9000/login/callback",
    });
    for (const name of ["state", "nonce", "code_challenge"]) {
      expect(query.get(name)).toMatch(/^[\w-]{43}$/);
      expect(query.get(name)).not.toBe(new URL(second.location).searchParams.get(name));
    }
    expect(first.cookie).toMatch(/^civikey_sign_on=[\w-]{43}$/);
    expect(first.response.headers.get("set-cookie")).toContain("HttpOnly; SameSite=Lax");
  });

  test("never leads to another site, and replaces the session that the browser came with", async () => {
    const old = sessionOf(await signOn(provider.person, "/login/sign-on?next=https://evil.example/")) ?? "";
    const { location, cookie } = await begin();
    const again = await callback(provider.signIn(location), `${cookie}; ${old}`);
    expect(again.headers.get("location")).toBe("/admin");
    expect(sessionOf(again)).not.toBe(old);
    expect((await app.request("/admin/apiKeys", { headers: { cookie: old } })).status).toBe(303);
    expect((await begin("/login/sign-on?next=/admin/audit", sessionOf(again))).location).toBe("/admin/audit");
  });

  test("joins a person who is here already by the verified e-mail address, and knows them by subject from then on", async () => {
    await makeAdmin(app, "ada@example.org");
    const person = { sub: "ada-1", email: "Ada@Example.org", email_verified: true };
    expect(sessionOf(await signOn(person))).toBeDefined();
    expect(await events()).toMatchObject([
      { actor: "ada@example.org", action: "admin.signed_in", details: { method: "sign_on" } },
      {
        actor: "ada@example.org",
        action: "admin.sign_on_joined",
        details: { subject: "ada-1", issuer: provider.issuer },
      },
      { action: "admin.created" },
    ]);
    expect(sessionOf(await signOn({ sub: "ada-1", email: "countess@example.org" }))).toBeDefined();
    expect(sessionOf(await signOn({ sub: "ada-1" }))).toBeDefined();
    expect(await app.database.client`select email from admins`).toMatchObject([{ email: "ada@example.org" }]);
  });

  test.each([
    ["email_verified as a text", { email_verified: "true" }],
    ["Entra's own claim", { xms_edov: true }],
    ["Entra's own claim as a number", { xms_edov: "1" }],
  ])("takes %s for a verified address", async (_, claims) => {
    await makeAdmin(app, "ada@example.org");
    expect(sessionOf(await signOn({ sub: "ada-1", email: "ada@example.org", ...claims }))).toBeDefined();
  });

  test("sets the roles of groups anew each time, and leaves those that people gave", async () => {
    const roles = async () =>
      (await app.database.client`select role, given_by as by from admin_roles order by id`).map(
        ({ role, by }) => `${role} by ${by}`,
      );
    const { sub, ...ada } = provider.person;
    await signOn({ sub, ...ada, groups: ["CIVIFORM_GLOBAL_ADMIN", "AUDITORS", "Zebra keepers"] });
    expect(await roles()).toEqual(["admin by group", "auditor by group"]);
    await signOn({ sub, groups: "AUDITORS" });
    expect(await roles()).toEqual(["auditor by group"]);
    await app.database
      .client`insert into admin_roles (admin_id, role, given_by) select id, 'admin', 'person' from admins`;
    expect(sessionOf(await signOn({ sub, groups: [] }))).toBeDefined();
    expect(await roles()).toEqual(["admin by person"]);
  });

  test("ends what a person could open when they sign in again without the group", async () => {
    const open = sessionOf(await signOn()) ?? "";
    const page = await read(await signOn({ ...provider.person, groups: ["civiform_global_admin"] }), 403);
    expect(page).toContain("CiviKey has no role for you");
    expect(await app.database.client`select role from admin_roles`).toHaveLength(0);
    expect(lastSignIn()).toBe("no_role");
    expect(open).not.toBe("");
  });

  test("asks the provider's user info for an address and groups that the ID token lacks", async () => {
    const { sub, ...rest } = provider.person;
    provider.intercept = (path) => (path === "/userinfo" ? Response.json({ sub, ...rest }) : undefined);
    expect(sessionOf(await signOn({ sub }))).toBeDefined();
    provider.intercept = (path) => (path === "/userinfo" ? Response.json({ sub: "eve", ...rest }) : undefined);
    expect(await read(await signOn({ sub }), 403)).toContain("couldn’t verify the answer");
  });
});

test("the account of somebody who signed on has no password and no second factor to change", async () => {
  const session = sessionOf(await signOn()) ?? "";
  const page = await (await app.request("/admin/account", { headers: { cookie: session } })).text();
  expect(page).toContain("If you don’t recognize a session, end it.");
  expect(page).not.toMatch(/Change password|second factor/i);
});

test("starts only as many sign-ons from a network as pages for strangers", async () => {
  const limits = createRateLimits({ refusedPerMinute: 0, perKeyPerMinute: 0, anonymousPerMinute: 2 });
  const limited = await startTestApp({ signOn: connectTo(provider), limits, database: app.database });
  try {
    const statuses = [];
    for (let count = 0; count < 4; count += 1) statuses.push((await limited.request("/login/sign-on")).status);
    expect(statuses).toEqual([303, 303, 429, 429]);
    const page = await limited.request("/login/signed-out");
    expect([page.status, page.headers.get("content-type")]).toEqual([429, "text/html; charset=utf-8"]);
    expect(page.headers.get("retry-after")).toMatch(/^\d+$/);
    expect(readText(await page.text())).toContain("This network has asked for too many pages. Try again in");
    expect(await app.database.client`select 1 from challenges`).toHaveLength(2);
  } finally {
    await limited.close();
  }
});

test("Reload and Back lead somebody who is signed in on, and nobody else", async () => {
  const { location, cookie } = await begin();
  const query = provider.signIn(location);
  const session = sessionOf(await callback(query, cookie)) ?? "";
  const again = await callback(query, `${cookie}; ${session}`);
  expect([again.headers.get("location"), sessionOf(again)]).toEqual(["/admin/apiKeys", undefined]);
  expect(await read(await callback(query, cookie), 400)).toContain("Sign in again");
});

describe("nobody enters", () => {
  const { groups, ...ada } = {
    ...{ sub: "ada-2", email: "ada@example.org", email_verified: true },
    groups: ["CIVIFORM_GLOBAL_ADMIN"],
  };

  const refuse = async (person: typeof provider.person, problem: string, text: string) => {
    const page = await read(await signOn(person), 403);
    expect(page).toContain(text);
    expect(lastSignIn()).toBe(problem);
    expect(await events()).toContainEqual(
      expect.objectContaining({ action: "admin.sign_in_failed", details: { reason: problem.replaceAll("_", " ") } }),
    );
    expect(await app.database.client`select id from sessions`).toHaveLength(0);
    return page;
  };

  test("without a group that gives a role, nor one that somebody gave", async () => {
    for (const groups of [
      undefined,
      [],
      ["CIVIFORM"],
      "CIVIFORM_GLOBAL_ADMIN,OTHERS",
      [["CIVIFORM_GLOBAL_ADMIN"], 1],
      {},
    ]) {
      await refuse({ ...ada, groups }, "no_role", "CiviKey has no role for you");
    }
    expect(await app.database.client`select id from admins`).toHaveLength(0);
  });

  test("without an e-mail address", async () => {
    for (const email of [
      undefined,
      null,
      "",
      "ada",
      "a da@example.org",
      "a\0@example.org",
      `${"a".repeat(250)}@b.org`,
      "\u212aim@example.org",
      7,
    ]) {
      await refuse({ ...ada, groups, email }, "no_email", "We don’t know your e-mail address");
    }
  });

  test("with an address of somebody here that the provider has not verified", async () => {
    await makeAdmin(app, "ada@example.org");
    for (const email_verified of [undefined, false, "false", null, 0, "yes", ["true", false]]) {
      await refuse({ ...ada, groups, email_verified }, "unverified_email", "Your e-mail address isn’t verified");
    }
  });

  test("with an address that is not the one that the provider's user info calls verified", async () => {
    await makeAdmin(app, "ada@example.org");
    const more = { sub: "eve", email: "eve@example.org", email_verified: true, groups };
    provider.intercept = (path) => (path === "/userinfo" ? Response.json(more) : undefined);
    await refuse({ sub: "eve", email: "ada@example.org" }, "unverified_email", "Your e-mail address isn’t verified");
    more.email = "ada@example.org";
    expect(sessionOf(await signOn({ sub: "eve", email: "ada@example.org" }))).toBeDefined();
  });

  test("as another subject with an address that is joined already", async () => {
    await signOn();
    await app.database.client`delete from sessions`;
    await refuse({ ...ada, groups }, "other_identity", "Your e-mail address is taken");
    expect(await app.database.client`select subject from admin_identities`).toMatchObject([{ subject: "ada-1" }]);
  });

  test("who is disabled, whom the page tells what it tells a stranger", async () => {
    await signOn();
    await app.database.client`delete from sessions`;
    await app.database.client`update admins set disabled_at = now()`;
    const withoutIds = (page: string) => page.replaceAll(/[0-9a-f-]{36}/g, "");
    const joined = await refuse({ ...ada, sub: "ada-1", groups }, "disabled_account", "CiviKey has no role for you");
    const byAddress = await refuse(
      { ...ada, email_verified: false },
      "disabled_account",
      "CiviKey has no role for you",
    );
    const stranger = await refuse({ sub: "eve", email: "eve@example.org" }, "no_role", "CiviKey has no role for you");
    expect([joined, byAddress].map(withoutIds)).toEqual([stranger, stranger].map(withoutIds));
  });

  test("when the provider says that nobody signed in", async () => {
    const { location, cookie } = await begin();
    const state = provider.signIn(location).get("state") ?? "";
    const query = new URLSearchParams({ state, error: "access_denied", error_description: "<b>no</b>" });
    const page = await read(await callback(query, cookie), 400);
    expect(page).toContain("City of Seattle didn’t sign you in");
    expect(page).not.toContain("<b>");
    expect(lastSignIn()).toBe("sign_on_declined");
  });
});

describe("where sign-on is the only way in", () => {
  test("the sign-in page offers it alone, and a password is refused", async () => {
    const strict = await startTestApp({ signOn: connectTo(provider), passwordSignIn: false, database: app.database });
    try {
      await makeAdmin(app, "ada@example.org");
      const page = await (await strict.request("/login?next=/admin/audit")).text();
      expect(page).toContain('href="/login/sign-on?next=%2Fadmin%2Faudit"');
      expect(page).toContain("City of Seattle");
      expect(page).not.toContain("<form");
      const body = new URLSearchParams({ email: "ada@example.org", password });
      const refused = await strict.request("/login", { method: "POST", headers: ownForm, body });
      expect(refused.status).toBe(403);
      expect(sessionOf(refused)).toBeUndefined();
    } finally {
      await strict.close();
    }
  });

  test("beside it, passwords work; without a provider there is none of its pages", async () => {
    await makeAdmin(app, "ada@example.org");
    const page = await (await app.request("/login")).text();
    expect(page).toContain("City of Seattle");
    const body = new URLSearchParams({ email: "ada@example.org", password });
    expect(sessionOf(await app.request("/login", { method: "POST", headers: ownForm, body }))).toBeDefined();
    const plain = await startTestApp({ database: app.database });
    try {
      expect(await (await plain.request("/login")).text()).not.toContain("sign-on");
      for (const path of ["sign-on", "callback", "reauthenticate", "signed-out"]) {
        expect((await plain.request(`/login/${path}`)).status).toBe(404);
      }
    } finally {
      await plain.close();
    }
  });
});
