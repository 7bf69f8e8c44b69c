import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { acceptInvitation } from "../../../../src/domain/access/people/accept-invitation.ts";
import { disablePerson, enablePerson } from "../../../../src/domain/access/people/disable.ts";
import { endSessionsOf } from "../../../../src/domain/access/people/end-sessions.ts";
import { getPerson } from "../../../../src/domain/access/people/find.ts";
import { invitePerson, renewInvitation } from "../../../../src/domain/access/people/invite.ts";
import { findLink, takeLink } from "../../../../src/domain/access/people/links.ts";
import { getDescribedPerson, type PeopleOrder, peopleListing } from "../../../../src/domain/access/people/list.ts";
import { makeSignInLink } from "../../../../src/domain/access/people/make-sign-in-link.ts";
import { startSession } from "../../../../src/domain/access/people/sessions.ts";
import { setPassword } from "../../../../src/domain/access/people/set-password.ts";
import { type NewRole, setRoles } from "../../../../src/domain/access/people/set-roles.ts";
import { askSecondFactor, authenticatePerson, signIn } from "../../../../src/domain/access/people/sign-in.ts";
import { DomainError } from "../../../../src/lib/errors.ts";
import { readFirst } from "../../../../src/lib/keyset.ts";
import { Secret } from "../../../../src/lib/secrets/secret.ts";
import { noon } from "../../../support/app.ts";
import { openTestDatabase, type TestDatabase } from "../../../support/database.ts";
import { actor, password as goodPassword, makeKey, makePerson, makeProgram } from "../../../support/factories.ts";
import { leakHunt } from "../../../support/leak-hunt.ts";
import { walkPages } from "../../../support/page-walk.ts";

const policy = { idleMinutes: 60, absoluteHours: 12, reauthenticateMinutes: 15 };
const moment = { policy, now: noon };
const look = { actor, ...moment };
const password = new Secret(goodPassword);
const auditor = { roles: ["auditor"], programs: [] };
const hours = (count: number) => new Date(noon.getTime() + count * 3_600_000);

let database: TestDatabase;
let people = 0;

beforeAll(async () => {
  database = await openTestDatabase();
  await makeProgram({ database });
  await makeProgram({ database }, { id: 2, adminName: "food-vouchers" });
});
afterAll(() => database.close());

/** An address that nobody has yet. */
const newEmail = () => {
  people += 1;
  return `person${people}@example.org`;
};
const invite = async (given: { email?: string; now?: Date } = {}) => {
  const { email = newEmail(), now = noon } = given;
  const invitation = await invitePerson(database.db, { email, chosen: auditor, actor, now });
  leakHunt.expectNowhere("the token of an invitation", invitation.token.reveal());
  return invitation;
};
const accept = (token: Secret, now = noon, chosen = password) =>
  acceptInvitation(database.db, { token, password: chosen, address: null, now });
/** Somebody who can sign in. */
const newPerson = (given: { email?: string; roles?: NewRole[]; place?: TestDatabase } = {}) => {
  const { email = newEmail(), roles = [{ role: "auditor" }], place = database } = given;
  return makePerson({ database: place }, { email, roles });
};
/** An error's code, and its problems by field. */
const failureOf = async (work: Promise<unknown>) => {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof DomainError)) throw new Error("it did not fail as expected", { cause: error });
  return { code: error.code, message: error.message, fields: error.fields };
};
const read = (email: string) => getDescribedPerson(database.db, { email, ...look });
const spell = ({ roles }: Awaited<ReturnType<typeof read>>) =>
  roles.map(({ role, program, givenBy }) => [role, program?.slug, givenBy].filter(Boolean).join(" "));
const session = async (email: string, place = database) => {
  const { id } = await getPerson(place.db, { email });
  const start = { adminId: id, method: "password", address: null, userAgent: null, ...moment } as const;
  return startSession(place.db, start);
};
const lastEvent = async () => {
  const [row] = await database.client`select actor, action, details from audit_events order by id desc limit 1`;
  return row;
};

describe("an invitation", () => {
  test("makes a person with these roles and no password, and an event that names them", async () => {
    const chosen = { roles: ["program_admin", "auditor"], programs: ["snow-removal", "food-vouchers"] };
    const email = newEmail();
    const made = await invitePerson(database.db, { email: ` ${email.toUpperCase()} `, chosen, actor, now: noon });
    expect(made.expiresAt).toEqual(hours(24));
    const person = await read(email);
    expect(person).toMatchObject({ state: "invited", hasPassword: false, invitationExpiresAt: hours(24) });
    expect(spell(person)).toEqual([
      "auditor person",
      "program_admin food-vouchers person",
      "program_admin snow-removal person",
    ]);
    const roles = ["auditor", "program_admin of food-vouchers", "program_admin of snow-removal"];
    const events = await database.client`
      select actor, action, details from audit_events where details ->> 'email' = ${email} order by id`;
    const details = { email, givenBy: "person", before: { roles: [] }, after: { roles } };
    expect([...events]).toEqual([
      { actor: actor.name, action: "admin.invited", details: { email } },
      { actor: actor.name, action: "admin.roles_set", details },
    ]);
  });

  test("reports every problem by field, and makes nobody", async () => {
    const cases: [email: string, roles: string[], programs: string[], fields: Record<string, string[]>][] = [
      ["", [], [], { email: ["E-mail cannot be blank."], roles: ["Choose at least one role."] }],
      ["ada", ["auditor"], [], { email: ["E-mail must be an address such as name@example.org."] }],
      ["<ada@example.org>", ["auditor"], [], { email: ["E-mail must be an address such as name@example.org."] }],
      ["new@example.org", ["owner"], [], { roles: ["There is no role owner."] }],
      ["new@example.org", ["program_admin"], [], { programs: ["Choose at least one program for a program admin."] }],
      ["new@example.org", ["auditor"], ["snow-removal"], { programs: ["Only program admins have programs."] }],
      ["new@example.org", ["program_admin"], ["snow-removal", "Not a slug"], {}],
    ];
    for (const [email, roles, programs, fields] of cases) {
      const invited = invitePerson(database.db, { email, chosen: { roles, programs }, actor, now: noon });
      expect(await failureOf(invited)).toMatchObject({ code: "invalid", fields });
    }
    expect((await failureOf(read("new@example.org"))).code).toBe("not_found");
  });

  test("is refused for everyone who is here, except when theirs has expired", async () => {
    const { person, token } = await invite();
    expect((await failureOf(invite(person))).message).toBe(`${person.email} was already invited.`);
    const again = await invite({ email: person.email, now: hours(24) });
    expect(again.person.id).toBe(person.id);
    expect(await accept(token, hours(24))).toBeUndefined();
    expect(await accept(again.token, hours(25))).toMatchObject({ email: person.email });
    expect((await failureOf(invite({ email: person.email, now: hours(49) }))).code).toBe("conflict");
    const renewed = renewInvitation(database.db, { id: person.id, actor, now: hours(49) });
    expect((await failureOf(renewed)).message).toBe(`${person.email} already has an account.`);
  });

  test("that is sent twice at once makes one person with one link", async () => {
    const email = newEmail();
    const made = await Promise.allSettled([invite({ email }), invite({ email })]);
    expect(made.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
    const links = await database.client`
      select 1 from one_time_links join admins on admins.id = admin_id where email = ${email}`;
    expect(links).toHaveLength(1);
  });

  test("can be renewed, which ends the earlier link", async () => {
    const { person, token } = await invite();
    const renewed = await renewInvitation(database.db, { id: person.id, actor, now: noon });
    expect(await accept(token)).toBeUndefined();
    expect(await accept(renewed.token)).toMatchObject({ email: person.email });
  });
});

describe("accepting an invitation", () => {
  test("sets a password, once, also when it is done twice at the same time", async () => {
    const { person, token } = await invite();
    const both = await Promise.all([accept(token), accept(token)]);
    expect(both.filter((one) => one !== undefined)).toHaveLength(1);
    expect(await read(person.email)).toMatchObject({ state: "active", hasPassword: true, invitationExpiresAt: null });
    const accepted = { actor: person.email, action: "admin.invitation_accepted", details: {} };
    expect(await lastEvent()).toEqual(accepted);
    expect(await accept(token)).toBeUndefined();
  });

  test("refuses a bad password by field, after which the link still works", async () => {
    const { token } = await invite();
    const refused = await failureOf(accept(token, noon, new Secret("short")));
    expect(refused.fields).toEqual({ password: ["Password must have 15 characters or more."] });
    expect(await accept(token)).toBeDefined();
  });

  test("is refused with a link that expired, is for something else, or whose person is disabled or has a password", async () => {
    const expired = await invite();
    expect(await accept(expired.token, hours(24))).toBeUndefined();
    const disabled = await invite();
    await disablePerson(database.db, { id: disabled.person.id, actor, now: noon });
    expect(await accept(disabled.token)).toBeUndefined();
    const { email } = await newPerson();
    const link = await makeSignInLink(database.db, { email, actor, now: noon });
    expect(await accept(link.token)).toBeUndefined();
    const withPassword = await invite();
    await database.client`update admins set password_hash = 'x' where id = ${withPassword.person.id}`;
    expect(await accept(withPassword.token)).toBeUndefined();
    expect(await accept(new Secret("made up"))).toBeUndefined();
  });
});

describe("a sign-in link", () => {
  const use = (token: Secret, now = noon) => takeLink(database.db, { token, purpose: "sign_in", now });

  test("works once within an hour, and replaces an earlier one", async () => {
    const { email } = await newPerson();
    const first = await makeSignInLink(database.db, { email, actor, now: noon });
    const second = await makeSignInLink(database.db, { email, actor, now: noon });
    expect(await lastEvent()).toEqual({ actor: actor.name, action: "admin.link_made", details: { email } });
    expect(await use(first.token)).toBeUndefined();
    expect(await use(second.token, hours(1))).toBeUndefined();
    const both = await Promise.all([use(second.token), use(second.token)]);
    expect(both.filter((one) => one !== undefined)).toMatchObject([{ email }]);
  });

  test("ends when the person gets another password", async () => {
    const { email } = await newPerson();
    const { token } = await makeSignInLink(database.db, { email, actor, now: noon });
    await setPassword(database.db, { email, password, actor, now: noon });
    expect(await use(token)).toBeUndefined();
  });

  test("is neither made nor taken for a disabled person", async () => {
    const { email } = await newPerson();
    const { token } = await makeSignInLink(database.db, { email, actor, now: noon });
    await disablePerson(database.db, { email, actor, now: noon });
    expect(await use(token)).toBeUndefined();
    expect((await failureOf(makeSignInLink(database.db, { email, actor, now: noon }))).code).toBe("conflict");
    await enablePerson(database.db, { email, actor, now: noon });
    expect(await findLink(database.db, { token, purpose: "sign_in", now: noon })).toBeUndefined();
  });
});

describe("disabling", () => {
  test("ends every session and link of the person and of nobody else; their keys go on working", async () => {
    const { email } = await newPerson({ email: actor.name });
    const other = await newPerson();
    for (const whose of [email, email, other.email]) await session(whose);
    await makeKey({ database });
    expect(await read(email)).toMatchObject({ sessionCount: 2, keyCount: 1 });
    const disabled = await disablePerson(database.db, { email, actor, now: noon });
    expect(disabled).toEqual({ email, sessionsEnded: 2 });
    expect(await lastEvent()).toEqual({
      actor: actor.name,
      action: "admin.disabled",
      details: { email, sessions: 2 },
    });
    expect(await read(email)).toMatchObject({ state: "disabled", disabledAt: noon, sessionCount: 0, keyCount: 1 });
    expect((await read(other.email)).sessionCount).toBe(1);
    const again = await failureOf(disablePerson(database.db, { email, actor, now: noon }));
    expect(again).toMatchObject({ code: "conflict", message: `${email} is already disabled.` });
    await enablePerson(database.db, { email, actor, now: noon });
    expect(await read(email)).toMatchObject({ state: "active", disabledAt: null, sessionCount: 0 });
    expect(await lastEvent()).toEqual({ actor: actor.name, action: "admin.enabled", details: { email } });
    expect((await failureOf(enablePerson(database.db, { email, actor, now: noon }))).code).toBe("conflict");
  });

  test("leaves no session, however many sign in at the same moment", async () => {
    for (let round = 0; round < 5; round += 1) {
      const { email } = await newPerson();
      const person = await read(email);
      const given = { person, method: "password", replaced: undefined, address: null, userAgent: null } as const;
      const signIns = Array.from({ length: 4 }, () => signIn(database.db, { ...given, ...moment }));
      await Promise.all([...signIns, disablePerson(database.db, { email, actor, now: noon })]);
      expect((await read(email)).sessionCount).toBe(0);
      expect(await signIn(database.db, { ...given, ...moment })).toBeUndefined();
    }
  });

  test("of somebody who does not exist is not found", async () => {
    const ref = { email: "nobody@example.org", actor, now: noon };
    const verbs = [disablePerson, enablePerson, endSessionsOf, makeSignInLink, renewInvitation];
    for (const verb of verbs) expect((await failureOf(verb(database.db, ref))).code).toBe("not_found");
  });
});

test("a sign-in that checked the old password ends when a new one is set meanwhile", async () => {
  const { email } = await newPerson();
  const from = { device: undefined, network: "198.51.100.7/32", block: "198.51.100.0/24", address: null, now: noon };
  const key = { fingerprintKey: new Uint8Array(32), signal: new AbortController().signal };
  const checked = await authenticatePerson(database.db, { email, password, ...from, ...key });
  if (checked.problem !== undefined) throw new Error("the password was not accepted");
  const given = { ...checked, method: "password", replaced: undefined, address: null, userAgent: null } as const;
  const step = { ...checked, details: "/", minutes: 10, now: noon };
  expect(await askSecondFactor(database.db, step)).toBeInstanceOf(Secret);
  expect(await signIn(database.db, { ...given, ...moment })).toBeInstanceOf(Secret);
  await setPassword(database.db, { email, password: new Secret("another quiet walk by the sea"), actor, now: noon });
  expect(await askSecondFactor(database.db, step)).toBeUndefined();
  expect(await signIn(database.db, { ...given, ...moment })).toBeUndefined();
  expect((await read(email)).sessionCount).toBe(0);
  expect(await database.client`select 1 from challenges where purpose = 'second_factor'`).toHaveLength(0);
});

test("the last active admin cannot be disabled; of all that are disabled and demoted at once, one is left", async () => {
  const place = await openTestDatabase();
  const admin: NewRole[] = [{ role: "admin" }];
  const emails = Array.from({ length: 6 }, (_, index) => `crowd${index}@example.org`);
  const crowd = await Promise.all(emails.map((email) => newPerson({ place, email, roles: admin })));
  await newPerson({ place, email: "auditor@example.org" });
  const chosen = { roles: ["admin"], programs: [] };
  await invitePerson(place.db, { email: "invited@example.org", chosen, actor, now: noon });
  const changes = crowd.map(({ id }, index) =>
    index % 2 === 0
      ? disablePerson(place.db, { id, actor, now: noon })
      : setRoles(place.db, { personId: id, roles: [], givenBy: "person", actor, now: noon }),
  );
  const outcomes = await Promise.allSettled(changes);
  expect(outcomes.filter(({ status }) => status === "rejected")).toHaveLength(1);
  const all = await readFirst(peopleListing(place.db, { search: "", ...look }), 100);
  const admins = all.filter(({ state, roles }) => state === "active" && roles.some(({ role }) => role === "admin"));
  expect(admins).toHaveLength(1);
  const [last] = admins;
  if (last === undefined) throw new Error("no admin is left");
  await session(last.email, place);
  const refused = await failureOf(disablePerson(place.db, { id: last.id, actor, now: noon }));
  expect(refused.code).toBe("conflict");
  expect(await getDescribedPerson(place.db, { id: last.id, ...look })).toMatchObject({
    state: "active",
    sessionCount: 1,
  });
  await place.close();
});

test("ending a person's sessions ends all of theirs and their sign-in links, and says how many sessions", async () => {
  const { email } = await newPerson();
  await session(email);
  await session(email);
  const { token } = await makeSignInLink(database.db, { email, actor, now: noon });
  expect(await endSessionsOf(database.db, { email, actor, now: noon })).toEqual({ email, ended: 2 });
  expect((await read(email)).sessionCount).toBe(0);
  expect(await findLink(database.db, { token, purpose: "sign_in", now: noon })).toBeUndefined();
  expect(await lastEvent()).toMatchObject({ action: "admin.sessions_ended", details: { email, sessions: 2 } });
});

test("people are listed by e-mail or last sign-in, page by page, and found by a part of the e-mail", async () => {
  const list = (search: string, order?: PeopleOrder) =>
    peopleListing(database.db, { search, ...look, ...(order && { order }) });
  const emails = (await walkPages(list("PERSON"), 7)).map(({ email }) => email);
  expect(emails).toHaveLength(people);
  expect(emails).toEqual(emails.toSorted());
  const times = (await walkPages(list("", { by: "lastSignedIn", isDescending: true }), 7)).map(
    ({ lastSignedInAt }) => lastSignedInAt?.getTime() ?? 0,
  );
  expect(times).toEqual(times.toSorted((a, b) => b - a));
  const found = await readFirst(list("person1@"), 9);
  expect(found.map(({ email }) => email)).toEqual(["person1@example.org"]);
});
