import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { changeOwnPassword } from "../../../../../src/domain/access/people/account.ts";
import { renewRecoveryCodes } from "../../../../../src/domain/access/people/factors/change.ts";
import { listSecondFactors } from "../../../../../src/domain/access/people/factors/list.ts";
import {
  addPasskey,
  checkPasskey,
  relyingPartyOf,
  removePasskey,
  requestNewPasskey,
  requestPasskey,
} from "../../../../../src/domain/access/people/factors/passkeys.ts";
import { resetSecondFactor } from "../../../../../src/domain/access/people/factors/reset.ts";
import { findSession, type Session, startSession } from "../../../../../src/domain/access/people/sessions.ts";
import { Secret } from "../../../../../src/lib/secrets/secret.ts";
import { noon } from "../../../../support/app.ts";
import { openTestDatabase, type TestDatabase } from "../../../../support/database.ts";
import { actor, makePerson } from "../../../../support/factories.ts";
import { failureOf } from "../../../../support/failures.ts";
import { createSoftAuthenticator, type Fault } from "../../../../support/soft-authenticator.ts";

let database: TestDatabase;
const party = relyingPartyOf("https://keys.example.org");
const policy = { idleMinutes: 60, absoluteHours: 12, reauthenticateMinutes: 15 };
const minutes = (count: number) => new Date(noon.getTime() + count * 60_000);

beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.close());

let people = 0;
/** Somebody who is signed in. */
async function somebody(): Promise<Session> {
  people += 1;
  const { id: adminId } = await makePerson({ database }, { email: `person-${people}@example.org`, roles: [] });
  const origin = { adminId, method: "password", address: null, userAgent: null } as const;
  const token = await startSession(database.db, { ...origin, policy, now: noon });
  const session = await findSession(database.db, { token, policy, now: noon });
  if (session === undefined) throw new Error("no session");
  return session;
}
const changeBy = (session: Session) => ({
  session,
  actor: { name: session.person.email, address: null },
  now: noon,
});

/** Makes a passkey for somebody. */
async function add(session: Session, fault: Fault = {}, authenticator = createSoftAuthenticator(party)) {
  const { options, token } = await requestNewPasskey(database.db, { person: session.person, party, now: noon });
  const answer = { party, token, text: authenticator.make(options, fault), now: noon };
  const added = await addPasskey(database.db, { ...changeBy(session), answer, name: " Laptop " });
  return { authenticator, added, answer };
}
/** Shows a passkey; the result, and what was sent. */
async function show(authenticator: ReturnType<typeof createSoftAuthenticator>, fault: Fault = {}, now = noon) {
  const { options, token } = await requestPasskey(database.db, { party, now: noon });
  const answer = { party, token, text: authenticator.show(options, fault), now };
  return { answer, result: await checkPasskey(database.db, answer) };
}

/** What an answer may say that it must not, to either request. */
const faults: Readonly<Record<string, Fault>> = {
  "another site": { origin: "https://keys.example.com" },
  "the same site without TLS": { origin: "http://keys.example.org" },
  "a subdomain": { origin: "https://evil.keys.example.org" },
  "a passkey of another host": { host: "example.org" },
  "another challenge": { challenge: Buffer.alloc(32).toString("base64url") },
  "an authenticator that checked nobody": { flags: 0b001 },
  "an authenticator where nobody was": { flags: 0b100 },
};

describe("a new passkey", () => {
  test("is stored with its name, brings recovery codes the first time, and is listed", async () => {
    const session = await somebody();
    const { added } = await add(session);
    expect(added.recoveryCodes).toHaveLength(10);
    expect((await add(session)).added.recoveryCodes).toBeUndefined();
    const own = await listSecondFactors(database.db, session.person.id);
    expect(own.passkeys).toMatchObject([{ name: "Laptop", lastUsedAt: null }, { name: "Laptop" }]);
  });

  const wrong = { ...faults, "the answer to a sign-in": { type: "webauthn.get" } };
  test.each(Object.entries(wrong))("is refused with %s", async (_, fault) => {
    const session = await somebody();
    await expect(add(session, fault)).rejects.toMatchObject({
      code: "invalid",
      fields: { passkey: [expect.anything()] },
    });
    expect((await listSecondFactors(database.db, session.person.id)).passkeys).toEqual([]);
  });

  test("is refused when it was made for somebody else, a second time, or too late", async () => {
    const [ada, eve] = [await somebody(), await somebody()];
    const authenticator = createSoftAuthenticator(party);
    const { options, token } = await requestNewPasskey(database.db, { person: ada.person, party, now: noon });
    const answer = { party, token, text: authenticator.make(options), now: noon };
    const addAs = (session: Session, later = noon) =>
      addPasskey(database.db, { ...changeBy(session), answer: { ...answer, now: later }, name: "Laptop" });
    await expect(addAs(eve)).rejects.toMatchObject({ code: "invalid" });
    await expect(addAs(ada)).rejects.toMatchObject({ code: "invalid" });
    const { added } = await add(ada, {}, authenticator);
    expect(added.recoveryCodes).toHaveLength(10);
    await expect(add(eve, {}, authenticator)).rejects.toMatchObject({ message: "This passkey was already added." });
    const late = await requestNewPasskey(database.db, { person: eve.person, party, now: noon });
    const lateAnswer = { party, token: late.token, text: authenticator.make(late.options), now: minutes(6) };
    const tooLate = addPasskey(database.db, { ...changeBy(eve), answer: lateAnswer, name: "Laptop" });
    await expect(tooLate).rejects.toMatchObject({ code: "invalid" });
  });
});

describe("a passkey", () => {
  test("says whose it is, once for each challenge, however many send it at once", async () => {
    const session = await somebody();
    const { authenticator } = await add(session);
    const { options, token } = await requestPasskey(database.db, { party, now: noon });
    const answer = { party, token, text: authenticator.show(options), now: noon };
    const results = await Promise.all(Array.from({ length: 5 }, () => checkPasskey(database.db, answer)));
    expect(results.filter(({ person }) => person?.id === session.person.id)).toHaveLength(1);
    expect(results.filter(({ problem }) => problem === "wrong_passkey")).toHaveLength(4);
    const [own] = (await listSecondFactors(database.db, session.person.id)).passkeys;
    expect(own?.lastUsedAt).toEqual(noon);
  });

  const wrong: Readonly<Record<string, Fault>> = {
    ...faults,
    "the answer to a request for a new one": { type: "webauthn.create" },
    "a signature of something else": { signsOtherBytes: true },
    "fewer signatures than before": { counter: 1 },
  };
  test.each(Object.entries(wrong))("is refused with %s, and works afterwards", async (_, fault) => {
    const session = await somebody();
    const { authenticator } = await add(session);
    const { result } = await show(authenticator, fault);
    expect(result).toEqual({ problem: "wrong_passkey", account: session.person });
    expect((await show(authenticator)).result.person?.id).toBe(session.person.id);
  });

  test("is refused without its challenge's cookie, five minutes later, and when it was never added", async () => {
    const { authenticator } = await add(await somebody());
    expect((await show(authenticator, {}, minutes(6))).result.problem).toBe("wrong_passkey");
    const { options } = await requestPasskey(database.db, { party, now: noon });
    const answer = { party, token: undefined, text: authenticator.show(options), now: noon };
    expect((await checkPasskey(database.db, answer)).problem).toBe("wrong_passkey");
    expect((await show(createSoftAuthenticator(party))).result.problem).toBe("unknown_passkey");
  });

  test("of somebody else does not open with one's own signature", async () => {
    const [ada, eve] = [await somebody(), await somebody()];
    await add(ada);
    const [row] = await database.client`select credential_id from passkeys where admin_id = ${ada.person.id}`;
    const { authenticator } = await add(eve);
    const { result } = await show(authenticator, { credentialId: String(row?.credential_id) });
    expect(result).toEqual({ problem: "wrong_passkey", account: ada.person });
  });

  test("is refused when its owner is disabled", async () => {
    const session = await somebody();
    const { authenticator } = await add(session);
    await database.client`update admins set disabled_at = now() where id = ${session.person.id}`;
    expect((await show(authenticator)).result.problem).toBe("disabled_account");
  });
});

test("of two removals at once that would leave none, one is refused where one is required", async () => {
  const session = await somebody();
  await add(session);
  await add(session);
  const own = await listSecondFactors(database.db, session.person.id);
  const removals = await Promise.allSettled(
    own.passkeys.map(({ id }) => removePasskey(database.db, { ...changeBy(session), id, requiresSecondFactor: true })),
  );
  expect(removals.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
  expect((await listSecondFactors(database.db, session.person.id)).passkeys).toHaveLength(1);
});

test("nobody removes the passkey of somebody else", async () => {
  const [ada, eve] = [await somebody(), await somebody()];
  await add(ada);
  const [own] = (await listSecondFactors(database.db, ada.person.id)).passkeys;
  const removal = removePasskey(database.db, { ...changeBy(eve), id: own?.id ?? 0, requiresSecondFactor: false });
  await expect(removal).rejects.toMatchObject({ code: "not_found" });
  expect((await listSecondFactors(database.db, ada.person.id)).passkeys).toHaveLength(1);
});

test("in a session that ends while the request is answered, neither a factor nor the password is changed", async () => {
  const session = await somebody();
  await add(session);
  const { id: personId, email } = session.person;
  const [own] = (await listSecondFactors(database.db, personId)).passkeys;
  await resetSecondFactor(database.db, { person: session.person, actor, now: noon });
  const hash = await database.client`select password_hash from admins where email = ${email}`;
  const changes = [
    add(session),
    removePasskey(database.db, { ...changeBy(session), id: own?.id ?? 0, requiresSecondFactor: false }),
    renewRecoveryCodes(database.db, changeBy(session)),
    changeOwnPassword(database.db, {
      ...{ ...changeBy(session), password: new Secret("another quiet walk by the sea") },
      ...{ userAgent: null, policy },
    }),
  ];
  const codes = (await Promise.all(changes.map(failureOf))).map(({ code }) => code);
  expect(codes).toEqual(["conflict", "conflict", "conflict", "conflict"]);
  expect(await listSecondFactors(database.db, personId)).toEqual({ passkeys: [], app: null, recoveryCodes: 0 });
  expect(await database.client`select password_hash from admins where email = ${email}`).toEqual(hash);
});
