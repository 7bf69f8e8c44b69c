import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createEmailSender } from "../../../src/domain/access/alerts/email.ts";
import { makeSignInLink } from "../../../src/domain/access/people/make-sign-in-link.ts";
import { type AdminAtPages, signInToPages } from "../../support/admin-pages.ts";
import { noon, startTestApp, type TestApp } from "../../support/app.ts";
import {
  actor,
  makeAdmin,
  makeKey,
  makePerson,
  makeProgram,
  ownForm,
  password,
  signIn,
} from "../../support/factories.ts";
import { readElements } from "../../support/markup.ts";
import { type MailServer, startMailServer, textOfMail } from "../../support/receivers.ts";

let app: TestApp;
let ada: AdminAtPages;
let mail: MailServer;
const minutes = (count: number) => new Date(noon.getTime() + count * 60_000);

beforeAll(async () => {
  mail = await startMailServer();
  const sender = createEmailSender({ smtpUrl: mail.url, from: "keys@example.org" });
  app = await startTestApp({ channels: { webhook: undefined, email: { sender, supportAddress: "keys@example.org" } } });
  await makeProgram(app, { name: "Snow removal" });
  await makeAdmin(app);
  ada = await signInToPages(app);
});
afterAll(async () => {
  await app.close();
  await mail.close();
});

/** The link on a page. */
const readLink = (html: string) => {
  const [link = "", token = ""] = /http:\/\/localhost:9000\/invitation\?token=([\w-]{43})/.exec(html) ?? [];
  return { path: link.replace("http://localhost:9000", ""), token };
};
const idOf = async (email: string) => {
  const [row] = await app.database.client`select id from admins where email = ${email}`;
  return Number(row?.id);
};
const post = (path: string, fields: Record<string, string>) =>
  app.request(path, { method: "POST", headers: ownForm, body: new URLSearchParams(fields) });
const opens = async (cookie: string) => (await app.request("/admin/account", { headers: { cookie } })).status === 200;
const events = async (email: string) => {
  const rows = await app.database.client`
    select actor, action from audit_events where actor = ${email} or details ->> 'email' = ${email} order by id`;
  return rows.map(({ actor, action }) => `${actor} ${action}`);
};

describe("an invitation", () => {
  test("shows its link once, sends it, and whoever opens it sets a password and is signed in", async () => {
    const email = "lin@example.org";
    const fields = { email, "role[program_admin]": "true", "program[snow-removal]": "true" };
    const { response, html, text } = await ada.send("/admin/people/invite", fields);
    expect([response.status, response.headers.get("cache-control")]).toEqual([201, "no-store"]);
    expect(text).toContain(`We e-mailed the link to ${email}`);
    const { path, token } = readLink(html);
    const sent = mail.mails.find(({ to }) => to.includes(email));
    expect(sent && textOfMail(sent)).toContain(`http://localhost:9000${path}\n`);
    expect((await ada.open("/admin/people")).text).toContain(`${email} Invited, link expires in 1 day`);
    // A mail program that opens the link uses nothing up.
    for (let visit = 0; visit < 2; visit += 1) expect((await app.request(path)).status).toBe(200);
    const weak = await post("/invitation", { token, password: "short" });
    expect([weak.status, (await weak.text()).includes("15 characters or more.")]).toEqual([422, true]);
    const accepted = await post("/invitation", { token, password });
    expect([accepted.status, accepted.headers.get("location")]).toEqual([303, "/admin"]);
    const cookie = accepted.headers.getSetCookie()[0]?.split(";")[0] ?? "";
    expect(await opens(cookie)).toBe(true);
    expect(app.logLines.at(-2)).toMatchObject({ signIn: "signed_in", account: email });
    for (const again of [await app.request(path), await post("/invitation", { token, password })]) {
      expect(again.status).toBe(404);
      expect(await again.text()).toContain("It has expired, was already used, or was replaced by a newer one.");
    }
    expect(await events(email)).toEqual([
      "ada@example.org admin.invited",
      "ada@example.org admin.roles_set",
      `${email} admin.invitation_accepted`,
      `${email} admin.signed_in`,
    ]);
    const page = await ada.open(`/admin/people/${await idOf(email)}`);
    expect(page.text).toContain("Roles Program admin of Snow removal Signs in with Password Second factor None");
    const trail = await app.database.client`select e::text as row from audit_events e`;
    expect(JSON.stringify([trail, app.logLines])).not.toContain(token);
  });

  test("shows every problem in its form, with what was filled in; for somebody who is here, with 409", async () => {
    const wrong = await ada.send("/admin/people/invite", { email: "no address", "role[program_admin]": "true" });
    expect(wrong.response.status).toBe(422);
    expect(wrong.text).toContain("There are 2 problems");
    const checked = readElements(wrong.html).filter(({ attributes }) => attributes.has("checked"));
    expect(checked.map(({ attributes }) => attributes.get("id"))).toEqual(["role_program_admin"]);
    const nothing = await ada.send("/admin/people/invite", { email: "new@example.org" });
    expect([nothing.response.status, nothing.text.includes("Choose at least one role.")]).toEqual([422, true]);
    const twice = await ada.send("/admin/people/invite", { email: "ada@example.org", "role[auditor]": "true" });
    expect([twice.response.status, twice.text.includes("ada@example.org already has an account.")]).toEqual([
      409,
      true,
    ]);
    const unknown = { email: "new@example.org", "role[program_admin]": "true", "program[nowhere]": "true" };
    expect((await ada.send("/admin/people/invite", unknown)).response.status).toBe(400);
    expect(await idOf("new@example.org")).toBeNaN();
  });

  test("that expired is said on its page and in the list; a new link replaces it, also when no e-mail goes out", async () => {
    const email = "mona@example.org";
    const { html } = await ada.send("/admin/people/invite", { email, "role[auditor]": "true" });
    const { path } = readLink(html);
    app.now = minutes(24 * 60);
    const expired = await app.request(path);
    expect([expired.status, (await expired.text()).includes("ask a CiviKey admin for a new link")]).toEqual([
      404,
      true,
    ]);
    ada.cookie = await signIn(app);
    expect((await ada.open("/admin/people?q=mona")).text).toContain(`${email} Invitation expired`);
    mail.refuses = () => true;
    const renewed = await ada.send(`/admin/people/${await idOf(email)}/invite`);
    mail.refuses = () => false;
    expect(renewed.response.status).toBe(201);
    expect(renewed.text).toMatch(/The e-mail could not be sent \(\w+\)\. Give them the link yourself\./);
    expect((await app.request(readLink(renewed.html).path)).status).toBe(200);
    app.now = noon;
    ada.cookie = await signIn(app);
  });
});

test("an invitation leads to the sign-in page where people may not sign in with passwords", async () => {
  const other = await startTestApp({ database: app.database, passwordSignIn: false });
  const { html } = await ada.send("/admin/people/invite", { email: "rosa@example.org", "role[auditor]": "true" });
  const { path, token } = readLink(html);
  const body = new URLSearchParams({ token, password });
  for (const init of [{}, { method: "POST", headers: ownForm, body }]) {
    const answer = await other.request(path, init);
    expect([answer.status, answer.headers.get("location")]).toEqual([303, "/login"]);
  }
  await other.close();
  const [row] = await app.database.client`select password_hash from admins where email = 'rosa@example.org'`;
  expect(row?.password_hash).toBeNull();
});

describe("a sign-in link", () => {
  const makeLink = async (email: string) => {
    const { token } = await makeSignInLink(app.database.db, { email, actor, now: app.now });
    return token.reveal();
  };

  test("asks with a button, signs in once, and gives one session when it is used twice at once", async () => {
    const token = await makeLink("ada@example.org");
    const page = await app.request(`/login/link?token=${token}`);
    expect([page.status, page.headers.getSetCookie()]).toEqual([200, []]);
    const both = await Promise.all([post("/login/link", { token }), post("/login/link", { token })]);
    expect(both.map(({ status }) => status).toSorted()).toEqual([303, 404]);
    const cookie = both.flatMap((one) => one.headers.getSetCookie())[0]?.split(";")[0] ?? "";
    expect(await opens(cookie)).toBe(true);
    const [session] = await app.database.client`select method from sessions order by id desc limit 1`;
    expect(session?.method).toBe("link");
    expect((await app.request(`/login/link?token=${token}`)).status).toBe(404);
    expect((await ada.open("/admin/audit")).text).toContain("ada@example.org signed in with a one-time link");
  });

  test("needs no second factor, where an invited person is led to set one up", async () => {
    const strict = await startTestApp({ database: app.database, requiresSecondFactor: true });
    const enter = async (path: string, fields: Record<string, string>) => {
      const signedIn = await strict.request(path, {
        method: "POST",
        headers: ownForm,
        body: new URLSearchParams(fields),
      });
      const cookie = signedIn.headers.getSetCookie()[0]?.split(";")[0] ?? "";
      const opened = await strict.request("/admin/apiKeys", { headers: { cookie } });
      return [opened.status, opened.headers.get("location")?.split("?")[0]];
    };
    expect(await enter("/login/link", { token: await makeLink("ada@example.org") })).toEqual([200, undefined]);
    const { html } = await ada.send("/admin/people/invite", { email: "sven@example.org", "role[auditor]": "true" });
    const { token } = readLink(html);
    expect(await enter("/invitation", { token, password })).toEqual([303, "/admin/account/secondFactor"]);
    await strict.close();
  });

  test("lets a person without a password set one, while the sign-in is fresh", async () => {
    const { email } = await makePerson(app, { email: "uma@example.org", roles: [{ role: "auditor" }] });
    await app.database.client`update admins set password_hash = null where email = ${email}`;
    const signedIn = await post("/login/link", { token: await makeLink(email) });
    const cookie = signedIn.headers.getSetCookie()[0]?.split(";")[0] ?? "";
    const account = await (await app.request("/admin/account", { headers: { cookie } })).text();
    expect(account).toContain("Set a password");
    expect(account).not.toContain("Current password");
    const chosen = "five quiet lamps downtown";
    const set = () =>
      app.request("/admin/account/password", {
        ...{ method: "POST", headers: { ...ownForm, cookie } },
        body: new URLSearchParams({ password: chosen, passwordAgain: chosen }),
      });
    const signedInAt = app.now;
    app.now = new Date(signedInAt.getTime() + 20 * 60_000);
    const tooLate = await set();
    app.now = signedInAt;
    expect([tooLate.status, await tooLate.text()]).toEqual([
      422,
      expect.stringContaining("Sign in again to set a password."),
    ]);
    expect((await set()).headers.get("location")).toBe("/admin/account?done=password");
    const [row] = await app.database.client`select password_hash from admins where email = ${email}`;
    expect(row?.password_hash).toStartWith("$argon2id$");
    expect((await post("/login", { email, password: chosen })).status).toBe(303);
  });

  test("is no invitation, and an invitation is none", async () => {
    const token = await makeLink("ada@example.org");
    expect((await app.request(`/invitation?token=${token}`)).status).toBe(404);
    expect((await post("/invitation", { token, password })).status).toBe(404);
    const { html } = await ada.send("/admin/people/invite", { email: "pia@example.org", "role[auditor]": "true" });
    const invitation = readLink(html).token;
    expect((await post("/login/link", { token: invitation })).status).toBe(404);
    expect((await app.request(`/invitation?token=${invitation}`)).status).toBe(200);
    expect((await app.request("/login/link")).status).toBe(404);
  });
});

describe("disabling", () => {
  test("says what will happen, and signs the person out on the next request of every server", async () => {
    const { id, email } = await makePerson(app, { email: "bo@example.org", roles: [{ role: "admin" }] });
    const other = await startTestApp({ database: app.database });
    const [here, there] = [await signIn(app, email), await signIn(other, email)];
    await makeKey(app, { by: email });
    const open = (cookie: string) => other.request("/admin/apiKeys", { headers: { cookie } });
    expect((await open(there)).status).toBe(200);
    const question = await ada.open(`/admin/people/${id}/disable`);
    expect(question.text).toContain("This ends their 2 sessions at once.");
    expect(question.text).toContain("1 API key they made goes on working.");
    const disabled = await ada.send(`/admin/people/${id}/disable`);
    expect(disabled.response.headers.get("location")).toBe(`/admin/people/${id}?done=disable`);
    for (const cookie of [here, there]) {
      const answer = await open(cookie);
      expect([answer.status, answer.headers.get("location")]).toEqual([
        303,
        "/login?next=%2Fadmin%2FapiKeys&ended=page",
      ]);
    }
    const login = await other.request("/login", {
      ...{ method: "POST", headers: ownForm },
      body: new URLSearchParams({ email, password }),
    });
    expect(login.status).toBe(401);
    expect((await ada.open(`/admin/people/${id}?done=disable`)).text).toContain(`${email} Disabled Enable`);
    expect((await ada.send(`/admin/people/${id}/disable`)).response.status).toBe(409);
    await ada.send(`/admin/people/${id}/enable`);
    expect(await open(await signIn(other, email))).toMatchObject({ status: 200 });
    await other.close();
    await ada.send(`/admin/people/${id}/disable`);
  });

  test("the last active admin is refused with 409, and so is taking their role", async () => {
    const id = await idOf("ada@example.org");
    for (const action of ["disable", "roles"]) {
      const { response, text } = await ada.send(`/admin/people/${id}/${action}`, { "role[auditor]": "true" });
      expect([response.status, text.includes("This is the only active admin. Make someone else an admin")]).toEqual([
        409,
        true,
      ]);
      expect(text).toContain("There is 1 problem");
    }
    expect(await opens(ada.cookie)).toBe(true);
  });
});

test("roles are changed on a form that shows what the person has; they apply to the next request", async () => {
  const { id, email } = await makePerson(app, { email: "cleo@example.org", roles: [{ role: "auditor" }] });
  const cookie = await signIn(app, email);
  const status = async (path: string) => (await app.request(path, { headers: { cookie } })).status;
  expect(await status("/admin/audit")).toBe(200);
  const form = await ada.open(`/admin/people/${id}/roles`);
  const checked = readElements(form.html).filter(({ attributes }) => attributes.has("checked"));
  expect(checked.map(({ attributes }) => attributes.get("name"))).toEqual(["role[auditor]"]);
  const program = { "role[program_admin]": "true", "program[snow-removal]": "true" };
  const saved = await ada.send(`/admin/people/${id}/roles`, program);
  expect(saved.response.headers.get("location")).toBe(`/admin/people/${id}?done=roles`);
  expect([await status("/admin/audit"), await status("/admin/programs/snow-removal")]).toEqual([404, 200]);
  await ada.send(`/admin/people/${id}/roles`, {});
  expect([await status("/admin/programs/snow-removal"), await opens(cookie)]).toEqual([303, true]);
  expect((await ada.open("/admin/people?q=cleo")).text).toContain(`${email} No role`);
  const wrong = await ada.send(`/admin/people/${id}/roles`, { "role[program_admin]": "true" });
  expect([wrong.response.status, wrong.text.includes("Choose at least one program")]).toEqual([422, true]);
});

test("sessions are listed and ended, and a second factor is reset", async () => {
  const { id, email } = await makePerson(app, { email: "dora@example.org", roles: [{ role: "auditor" }] });
  await app.database.client`
    insert into authenticator_apps (admin_id, secret, last_step, created_at) values (${id}, 'x', 1, now())`;
  const cookie = await signIn(app, email);
  expect((await ada.open(`/admin/people/${id}`)).text).toContain("just now 203.0.113.7");
  await ada.send(`/admin/people/${id}/endSessions`);
  expect(await opens(cookie)).toBe(false);
  expect((await ada.open(`/admin/people/${id}`)).text).toContain("They aren’t signed in anywhere.");
  await ada.send(`/admin/people/${id}/resetSecondFactor`);
  expect((await ada.open(`/admin/people/${id}`)).text).toContain("Second factor None");
  const actions = ["ada@example.org admin.sessions_ended", "ada@example.org admin.second_factor_reset"];
  expect(await events(email)).toEqual(actions);
});

test("every change asks for the password when it was given too long ago, and changes nothing without it", async () => {
  const { id, email } = await makePerson(app, { email: "emil@example.org", roles: [{ role: "auditor" }] });
  app.now = minutes(16);
  const before = await events(email);
  const actions = ["disable", "endSessions", "resetSecondFactor", "roles"];
  for (const path of [...actions.map((action) => `/admin/people/${id}/${action}`), "/admin/people/invite"]) {
    expect((await ada.open(path)).text).toContain("Confirm it’s you");
    const refused = await ada.send(path, { "role[admin]": "true", email: "f@example.org", currentPassword: "wrong" });
    expect([refused.response.status, refused.text.includes("Incorrect password.")]).toEqual([422, true]);
  }
  expect(await events(email)).toEqual(before);
  const disabled = await ada.send(`/admin/people/${id}/disable`, { currentPassword: password });
  expect(disabled.response.status).toBe(303);
  app.now = noon;
  ada.cookie = await signIn(app);
});

test("an auditor sees people and changes nothing; whoever else sees none of it", async () => {
  const { id } = await makePerson(app, { email: "otto@example.org", roles: [{ role: "auditor" }] });
  const program = [{ role: "program_admin", programSlug: "snow-removal" } as const];
  const { email } = await makePerson(app, { email: "gil@example.org", roles: program });
  const as = async (who: string) => ({ ...ownForm, cookie: await signIn(app, who) });
  const [auditor, manager] = [await as("otto@example.org"), await as(email)];
  const list = await (await app.request("/admin/people", { headers: auditor })).text();
  expect([list.includes(email), list.includes("Invite person")]).toEqual([true, false]);
  const person = await (await app.request(`/admin/people/${id}`, { headers: auditor })).text();
  expect(person).not.toContain("/disable");
  for (const [headers, paths] of [
    [auditor, ["/invite", `/${id}/disable`, `/${id}/roles`]],
    [manager, ["", `/${id}`, "/invite", `/${id}/disable`]],
  ] as const) {
    for (const path of paths) {
      expect([path, (await app.request(`/admin/people${path}`, { headers })).status]).toEqual([path, 404]);
    }
  }
  const tried = await app.request(`/admin/people/${id}/disable`, { method: "POST", headers: auditor });
  expect(tried.status).toBe(404);
});

test("a person who does not exist is not found", async () => {
  for (const id of ["0", "x", "999999"]) {
    for (const path of ["", "/disable", "/roles"]) {
      expect((await ada.open(`/admin/people/${id}${path}`)).response.status).toBe(404);
    }
    expect((await ada.send(`/admin/people/${id}/disable`)).response.status).toBe(404);
  }
});
