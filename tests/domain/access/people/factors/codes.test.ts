import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { checkCode } from "../../../../../src/domain/access/people/factors/codes.ts";
import { listSecondFactors } from "../../../../../src/domain/access/people/factors/list.ts";
import { resetSecondFactor } from "../../../../../src/domain/access/people/factors/reset.ts";
import { getPerson, type Person } from "../../../../../src/domain/access/people/find.ts";
import { noon } from "../../../../support/app.ts";
import { openTestDatabase, type TestDatabase } from "../../../../support/database.ts";
import { actor, makePerson } from "../../../../support/factories.ts";
import { authenticatorKey, giveApp, showCode } from "../../../../support/second-factors.ts";

let database: TestDatabase;
const seconds = (count: number) => new Date(noon.getTime() + count * 1000);
const fingerprintKey = new Uint8Array(32);

beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.close());

let people = 0;
/** Somebody with an app and ten recovery codes. */
async function somebody() {
  people += 1;
  const { id } = await makePerson({ database }, { email: `person-${people}@example.org`, roles: [] });
  const person = await getPerson(database.db, { id });
  return { person, ...(await giveApp({ database, now: noon }, person)) };
}
const check = (person: Person, code: string, more: { now?: Date; known?: string; key?: Uint8Array } = {}) => {
  const { now = noon, known, key = authenticatorKey } = more;
  const attempt = { person, code, known, address: null, authenticatorKey: key, fingerprintKey, now };
  return checkCode(database.db, attempt);
};
const eventsOf = async ({ email }: Person) => {
  const rows = await database.client`select action, details from audit_events where actor = ${email} order by id`;
  return rows.map(({ action, details }) => [action, details]);
};

describe("a code of an app", () => {
  test("counts once, however many try it at once, and no earlier code counts after it", async () => {
    const { person, secret } = await somebody();
    const code = showCode(secret, noon);
    const results = await Promise.all(Array.from({ length: 6 }, () => check(person, code)));
    expect(results.filter((problem) => problem === undefined)).toHaveLength(1);
    expect(results.filter((problem) => problem === "used_code")).toHaveLength(5);
    expect(await check(person, showCode(secret, seconds(-30)))).toBe("used_code");
    expect(await check(person, showCode(secret, seconds(30)))).toBeUndefined();
    expect(await check(person, code, { now: seconds(30) })).toBe("used_code");
  });

  test("is that of one's own app only, and of the key that encrypted its secret", async () => {
    const [one, other] = [await somebody(), await somebody()];
    expect(await check(one.person, showCode(other.secret, noon))).toBe("wrong_code");
    const code = showCode(one.secret, noon);
    expect(await check(one.person, code, { key: new Uint8Array(32) })).toBe("wrong_code");
    expect(await check(one.person, code)).toBeUndefined();
  });

  test("is stored with the app's secret encrypted", async () => {
    const { secret } = await somebody();
    expect(JSON.stringify(await database.client`select * from authenticator_apps`)).not.toContain(secret);
  });
});

describe("a recovery code", () => {
  test("is good once, however many try it at once; there are ten, and no trace of them", async () => {
    const { person, recoveryCodes } = await somebody();
    expect(recoveryCodes).toHaveLength(10);
    expect(new Set(recoveryCodes.map((code) => /^([0-9a-z]{4}-){3}[0-9a-z]{4}$/.test(code)))).toEqual(new Set([true]));
    const [code = "", next = ""] = recoveryCodes;
    const results = await Promise.all(Array.from({ length: 6 }, () => check(person, code)));
    expect(results.filter((problem) => problem === undefined)).toHaveLength(1);
    expect((await listSecondFactors(database.db, person.id)).recoveryCodes).toBe(9);
    expect(await check(person, next.toUpperCase().replaceAll("-", " ").replaceAll("0", "O"))).toBeUndefined();
    expect(JSON.stringify(await database.client`select * from recovery_codes`)).not.toContain(next.slice(0, 9));
    expect(await eventsOf(person)).toContainEqual(["admin.recovery_code_used", { codesLeft: 8 }]);
  });

  test("is good for its own person only", async () => {
    const [one, other] = [await somebody(), await somebody()];
    expect(await check(one.person, other.recoveryCodes[0] ?? "")).toBe("wrong_code");
  });
});

test("after ten wrong codes a right one is refused for fifteen minutes, from anywhere but a known browser", async () => {
  const { person, secret } = await somebody();
  const wrong = await Promise.all(Array.from({ length: 12 }, () => check(person, "000 00x")));
  expect(wrong.filter((problem) => problem === "wrong_code")).toHaveLength(10);
  expect(await check(person, showCode(secret, noon))).toBe("too_many_failures");
  expect(await check(person, showCode(secret, noon), { known: "device one" })).toBeUndefined();
  const later = seconds(15 * 60 + 1);
  expect(await check(person, showCode(secret, later), { now: later })).toBeUndefined();
  const refusals = (await eventsOf(person)).filter(([action]) => action === "admin.second_factor_refused");
  expect(refusals.map(([, details]) => details.reason).sort()).toEqual([
    "too many failures",
    ...Array.from({ length: 10 }, () => "wrong code"),
  ]);
});

test("a reset takes everything away, ends the sessions, and says so in the audit trail", async () => {
  const { person, secret, recoveryCodes } = await somebody();
  await resetSecondFactor(database.db, { person, actor, now: noon });
  expect(await listSecondFactors(database.db, person.id)).toEqual({ passkeys: [], app: null, recoveryCodes: 0 });
  expect(await check(person, showCode(secret, noon))).toBe("wrong_code");
  expect(await check(person, recoveryCodes[0] ?? "")).toBe("wrong_code");
  expect(await database.client`select from sessions where admin_id = ${person.id}`).toHaveLength(0);
  const [event] = await database.client`
    select actor, details from audit_events where action = 'admin.second_factor_reset'`;
  expect(event).toEqual({ actor: actor.name, details: { email: person.email } });
});
