import { afterAll, beforeAll, expect, test } from "bun:test";
import { type Caller, countAttempt, forgetAttempt } from "../../../../src/domain/access/people/throttle.ts";
import { noon } from "../../../support/app.ts";
import { openTestDatabase, type TestDatabase } from "../../../support/database.ts";

let database: TestDatabase;
let networks = 0;
const minutes = (count: number) => new Date(noon.getTime() + count * 60_000);
const fingerprintKey = new Uint8Array(32);

beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.close());

/** A caller in a network of its own. */
const newCaller = (given: Partial<Caller> = {}): Caller => {
  networks += 1;
  const network = `192.0.2.${networks}/32`;
  return { email: "ada@example.org", network, known: undefined, fingerprintKey, ...given };
};
const attempt = (caller: Caller, now = noon) => countAttempt(database.db, caller, now);
const attempts = async (count: number, next: (index: number) => Caller) => {
  const allowed: boolean[] = [];
  for (let index = 0; index < count; index += 1) {
    allowed.push((await attempt(next(index))).isAllowed);
  }
  return allowed;
};

test("an account allows ten failures from a network, however many come at once", async () => {
  const caller = newCaller();
  const all = await Promise.all(Array.from({ length: 20 }, () => attempt(caller)));
  expect(all.filter(({ isAllowed }) => isAllowed)).toHaveLength(10);
  expect((await attempt(newCaller())).isAllowed).toBe(true);
});

test("a network is allowed fifty failures over all accounts", async () => {
  const stranger = newCaller();
  const allowed = await attempts(52, (index) => ({ ...stranger, email: `${index}@example.org` }));
  expect(allowed).toEqual([...Array(50).fill(true), false, false]);
});

test("a known browser is allowed ten failures of its own, however many its network has had", async () => {
  const stranger = newCaller();
  await attempts(50, (index) => ({ ...stranger, email: `${index}@example.org` }));
  const known = { ...stranger, known: "device 1" };
  expect(await attempts(11, () => known)).toEqual([...Array(10).fill(true), false]);
  expect((await attempt({ ...stranger, known: "device 2" })).isAllowed).toBe(true);
});

test("all known browsers of an account are allowed fifty failures together, counted apart from other accounts", async () => {
  const email = "grace@example.org";
  const allowed = await attempts(51, (index) => newCaller({ email, known: `device ${index}` }));
  expect(allowed).toEqual([...Array(50).fill(true), false]);
  expect((await attempt(newCaller({ email, known: "session 1" }))).isAllowed).toBe(false);
  expect((await attempt(newCaller({ email }))).isAllowed).toBe(true);
  expect((await attempt(newCaller({ known: "device 51" }))).isAllowed).toBe(true);
});

test("failures count for fifteen minutes, and successes do not count", async () => {
  const caller = newCaller();
  expect(await attempts(11, () => caller)).toContain(false);
  expect((await attempt(caller, minutes(14))).isAllowed).toBe(false);
  expect((await attempt(caller, minutes(16))).isAllowed).toBe(true);
  const honest = newCaller();
  for (let index = 0; index < 12; index += 1) {
    const counted = await attempt(honest);
    if (!counted.isAllowed) throw new Error("a success was counted");
    await forgetAttempt(database.db, counted.id);
  }
});

test("the first try over each limit is reported once in fifteen minutes, later ones are not", async () => {
  const caller = newCaller();
  await attempts(10, () => caller);
  expect(await attempt(caller)).toEqual({ isAllowed: false, isFirst: true });
  expect(await attempt(caller)).toEqual({ isAllowed: false, isFirst: false });
  const stranger = newCaller();
  const other = (index: number) => ({ ...stranger, email: `${index}@example.org` });
  await attempts(50, other);
  expect(await attempt(other(0))).toEqual({ isAllowed: false, isFirst: true });
  expect(await attempt(other(51))).toEqual({ isAllowed: false, isFirst: false });
});

test("neither the e-mail address nor the network of a known browser is stored", async () => {
  await attempt(newCaller({ email: "mallory@example.org", known: "device of mallory" }));
  const rows = await database.client`select a::text as row from sign_in_attempts a`;
  expect(JSON.stringify(rows)).not.toContain("mallory");
});
