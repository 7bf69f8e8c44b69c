import { afterAll, beforeAll, beforeEach, expect, test } from "bun:test";
import { eq } from "drizzle-orm";
import { admins } from "../../../../src/db/schema.ts";
import { type NewRole, requireAnotherAdmin, setRoles } from "../../../../src/domain/access/people/set-roles.ts";
import { createSetupToken } from "../../../../src/domain/access/people/setup.ts";
import { noAssets, noon, startTestApp, type TestApp } from "../../../support/app.ts";
import { actor, makePerson, makeProgram } from "../../../support/factories.ts";

let app: TestApp;

beforeAll(async () => {
  app = await startTestApp({ assets: noAssets });
  await makeProgram(app);
});
afterAll(() => app.close());
beforeEach(async () => {
  await app.database.client`delete from admins`;
});

const makeWithRole = (name: string, role: NewRole = { role: "admin" }) =>
  makePerson(app, { email: `${name}@example.org`, roles: [role] });
const set = (personId: number, roles: readonly NewRole[], givenBy: "person" | "group" = "person") =>
  setRoles(app.database.db, { personId, roles, givenBy, actor, now: noon });
const disable = (personId: number) =>
  app.database.db.transaction(async (tx) => {
    await requireAnotherAdmin(tx, personId);
    await tx.update(admins).set({ disabledAt: noon }).where(eq(admins.id, personId));
  });
const listRoles = async (personId: number) =>
  (
    await app.database.client`select role, given_by, program_id is not null as has_program from admin_roles
      where admin_id = ${personId} order by role, given_by`
  ).map(({ role, given_by, has_program }) => `${role} by ${given_by}${has_program ? " for a program" : ""}`);
const lastAdmin = { code: "conflict", message: expect.stringContaining("only active admin") };

test("replaces the roles given here, leaves those of a group, and says so in the audit trail", async () => {
  await makeWithRole("ada");
  const { id } = await makeWithRole("eve");
  await set(id, [{ role: "auditor" }], "group");
  await set(id, [{ role: "program_admin", programSlug: "snow-removal" }]);
  expect(await listRoles(id)).toEqual(["auditor by group", "program_admin by person for a program"]);
  const [event] = await app.database.client`select actor, action, details from audit_events order by id desc limit 1`;
  expect(event).toEqual({
    actor: "ada@example.org",
    action: "admin.roles_set",
    details: {
      email: "eve@example.org",
      givenBy: "person",
      before: { roles: ["admin", "auditor"] },
      after: { roles: ["auditor", "program_admin of snow-removal"] },
    },
  });
});

test("writes no audit event when nothing changes", async () => {
  const { id } = await makeWithRole("ada");
  const count = async () => (await app.database.client`select count(*)::int from audit_events`)[0]?.count;
  const before = await count();
  await set(id, [{ role: "admin" }, { role: "admin" }]);
  expect([await count(), await listRoles(id)]).toEqual([before, ["admin by person"]]);
});

test("refuses an unknown person, an unknown program, and a role with a program too many or too few", async () => {
  const { id } = await makeWithRole("ada");
  const gone = Promise.resolve(set(0, []));
  expect(await gone.catch((error) => error)).toMatchObject({ code: "not_found" });
  for (const role of [
    { role: "program_admin" },
    { role: "program_admin", programSlug: "nowhere" },
    { role: "auditor", programSlug: "snow-removal" },
  ] as const) {
    const refused = set(id, [{ role: "admin" }, role]);
    expect(await refused.catch((error) => error)).toMatchObject({ code: "invalid" });
  }
  expect(await listRoles(id)).toEqual(["admin by person"]);
});

test("neither demotes nor disables the only admin who can sign in; disabled and invited ones don't count", async () => {
  const { id } = await makeWithRole("ada");
  await makePerson(app, { email: "gone@example.org", roles: [{ role: "admin" }], isDisabled: true });
  const invited = await makeWithRole("invited");
  await app.database.db.update(admins).set({ passwordHash: null }).where(eq(admins.id, invited.id));
  expect(await set(id, [{ role: "auditor" }]).catch((error) => error)).toMatchObject(lastAdmin);
  expect(await disable(id).catch((error) => error)).toMatchObject(lastAdmin);
  expect(await listRoles(id)).toEqual(["admin by person"]);
  await disable(invited.id);
  await app.database.db.update(admins).set({ disabledAt: null, lastSignedInAt: noon }).where(eq(admins.id, invited.id));
  await set(id, [{ role: "auditor" }]);
  expect(await listRoles(id)).toEqual(["auditor by person"]);
});

test("lets a provider's groups take the role of the last admin", async () => {
  const { id } = await makeWithRole("ada", { role: "auditor" });
  await set(id, [{ role: "admin" }], "group");
  await set(id, [], "group");
  expect(await listRoles(id)).toEqual(["auditor by person"]);
});

test("a setup link is made while nobody is an admin, whoever else there is", async () => {
  const { id } = await makeWithRole("eve", { role: "auditor" });
  const makeLink = () => createSetupToken(app.database.db, { now: noon });
  expect(await makeLink()).toBeDefined();
  await set(id, [{ role: "admin" }]);
  expect(await makeLink()).toBeUndefined();
});

test("of two admins who demote or disable each other at once, one stays", async () => {
  for (const takeAway of [(id: number) => set(id, []), disable]) {
    for (let round = 0; round < 5; round += 1) {
      await app.database.client`delete from admins`;
      const [ada, bob] = await Promise.all([makeWithRole("ada"), makeWithRole("bob")]);
      const outcomes = await Promise.allSettled([takeAway(ada.id), takeAway(bob.id)]);
      expect(outcomes.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    }
  }
});
