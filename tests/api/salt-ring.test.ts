/** Acceptance check 9: a salt is replaced without replacing keys, and dropping it refuses those that are left. */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createSaltRing, type SaltRing } from "../../src/domain/access/credentials.ts";
import { apiKeyListing } from "../../src/domain/access/keys/list.ts";
import { createRehasher } from "../../src/domain/access/rehash.ts";
import { readFirst } from "../../src/lib/keyset.ts";
import { Secret } from "../../src/lib/secrets/secret.ts";
import { noon, startTestApp, type TestApp } from "../support/app.ts";
import { actor, makeKey, makeProgram } from "../support/factories.ts";

const saltA = "salt A 0123456789 abcdefghijklmno";
const saltB = "salt B 0123456789 abcdefghijklmno";
const onlyA = createSaltRing(saltA, []);
const bThenA = createSaltRing(saltB, [saltA]);
const onlyB = createSaltRing(saltB, []);

let first: TestApp;

beforeAll(async () => {
  first = await startTestApp({ salts: onlyA });
  await makeProgram(first);
});
afterAll(() => first.close());

/** The same product with other salts, as after a restart. */
async function afterRestart<T>(salts: SaltRing, work: (app: TestApp) => Promise<T>): Promise<T> {
  const app = await startTestApp({ database: first.database, salts });
  try {
    return await work(app);
  } finally {
    await app.close();
  }
}

async function makeKeyUnder(salts: SaltRing): Promise<{ id: number; token: string; secret: Secret }> {
  const { apiKey, secret, token } = await makeKey(first, { ring: salts });
  return { id: apiKey.id, token, secret: new Secret(secret) };
}

async function storedOf(id: number): Promise<{ saltId: string; hash: string }> {
  const [row] = await first.database.client`
    select salt_id, secret_hash from api_keys where id = ${id}`;
  return { saltId: String(row?.salt_id), hash: String(row?.secret_hash) };
}

const call = async (app: TestApp, token: string) => {
  const { status } = await app.call("/api/v1/checkAuth", token);
  await app.rehasher.close();
  return status;
};

describe("a salt that is replaced", () => {
  test("still verifies its keys, moves each one on its next good call, and can be removed once all have moved", async () => {
    const called = await makeKeyUnder(onlyA);
    const silent = await makeKeyUnder(onlyA);
    await afterRestart(bThenA, async (app) => {
      const before = await storedOf(called.id);
      expect(await call(app, called.token)).toBe(200);
      const after = await storedOf(called.id);
      expect([before.saltId, after.saltId]).toEqual([onlyA.current.id, onlyB.current.id]);
      expect(after.hash).not.toBe(before.hash);
      expect(await call(app, called.token)).toBe(200);
      expect(await storedOf(called.id)).toEqual(after);
    });
    expect((await storedOf(silent.id)).saltId).toBe(onlyA.current.id);
    await afterRestart(onlyB, async (app) => {
      expect(await call(app, called.token)).toBe(200);
      expect(await call(app, silent.token)).toBe(401);
      expect(app.logLines.at(-1)).toMatchObject({ reason: "wrong_secret" });
    });
  });

  test("gives new keys the current salt", async () => {
    const key = await makeKeyUnder(bThenA);
    expect((await storedOf(key.id)).saltId).toBe(onlyB.current.id);
  });

  test("is found in use by the keys that have not moved, and no others", async () => {
    const old = await makeKeyUnder(onlyA);
    const moved = await makeKeyUnder(bThenA);
    const filter = { now: noon, saltIdNot: bThenA.current.id };
    const apiKeys = await readFirst(apiKeyListing(first.database.db, { actor, filter }), 1000);
    const ids = apiKeys.map(({ id }) => id);
    expect([ids.includes(old.id), ids.includes(moved.id)]).toEqual([true, false]);
  });

  test("stays with a key whose call is refused", async () => {
    const key = await makeKeyUnder(onlyA);
    await afterRestart(bThenA, async (app) => {
      app.peer = "192.0.2.1";
      expect(await call(app, key.token)).toBe(401);
      const [keyId] = atob(key.token).split(":");
      app.peer = "203.0.113.7";
      expect(await call(app, btoa(`${keyId}:wrong`))).toBe(401);
    });
    expect((await storedOf(key.id)).saltId).toBe(onlyA.current.id);
  });

  test("is replaced once for a key, however many calls arrive at the same moment", async () => {
    const key = await makeKeyUnder(onlyA);
    await afterRestart(bThenA, async (app) => {
      const statuses = await Promise.all(Array.from({ length: 50 }, () => app.call("/api/v1/checkAuth", key.token)));
      expect(new Set(statuses.map(({ status }) => status))).toEqual(new Set([200]));
      await app.rehasher.close();
      expect(await call(app, key.token)).toBe(200);
    });
    expect((await storedOf(key.id)).saltId).toBe(onlyB.current.id);
  });
});

describe("moving a key", () => {
  test("never overwrites a hash that changed in the meantime", async () => {
    const key = await makeKeyUnder(onlyA);
    const { client } = first.database;
    const rehasher = createRehasher({ client, salts: bThenA, report: () => {} });
    const stale = { id: key.id, saltId: onlyA.current.id, secretHash: "another hash" };
    rehasher.move(stale, key.secret);
    await rehasher.close();
    expect((await storedOf(key.id)).saltId).toBe(onlyA.current.id);
  });

  test("reports a failure, and leaves the call good and the key unchanged", async () => {
    const key = await makeKeyUnder(onlyA);
    const { client } = first.database;
    const reported: unknown[] = [];
    const report = (error: unknown) => reported.push(error);
    const rehasher = createRehasher({ client, salts: bThenA, report });
    const { hash, saltId } = await storedOf(key.id);
    await client`
      alter table api_keys add constraint no_move check (salt_id <> ${client.unsafe(`'${onlyB.current.id}'`)}) not valid`;
    rehasher.move({ id: key.id, saltId, secretHash: hash }, key.secret);
    await rehasher.close();
    await client`alter table api_keys drop constraint no_move`;
    expect(reported).toHaveLength(1);
    expect(await storedOf(key.id)).toEqual({ saltId, hash });
    expect(await call(first, key.token)).toBe(200);
  });

  test("happens only once at a time for a key", async () => {
    const key = await makeKeyUnder(onlyA);
    const { hash, saltId } = await storedOf(key.id);
    const queries: unknown[] = [];
    const client = new Proxy(first.database.client, {
      apply(target, self, args) {
        queries.push(args);
        return Reflect.apply(target, self, args);
      },
    });
    const rehasher = createRehasher({ client, salts: bThenA, report: () => {} });
    const stored = { id: key.id, saltId, secretHash: hash };
    for (let index = 0; index < 10; index += 1) rehasher.move(stored, key.secret);
    await rehasher.close();
    expect(queries).toHaveLength(1);
  });
});
