import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { getApiKey } from "../../../../src/domain/access/keys/find.ts";
import { retireApiKey } from "../../../../src/domain/access/keys/retire.ts";
import { rotateApiKey } from "../../../../src/domain/access/keys/rotate.ts";
import { noAssets, noon, salts, startTestApp, type TestApp, zone } from "../../../support/app.ts";
import { actor, makeKey, makeProgram } from "../../../support/factories.ts";
import { failureOf } from "../../../support/failures.ts";

let app: TestApp;
let otherInstance: TestApp;

beforeAll(async () => {
  app = await startTestApp({ assets: noAssets });
  otherInstance = await startTestApp({ assets: noAssets, database: app.database });
  await makeProgram(app);
  await makeProgram(app, { id: 2, adminName: "draft-program", publish: false });
});
afterAll(async () => {
  await otherInstance.close();
  await app.close();
});

const hourMs = 3_600_000;
const rules = { zone, lifetimeDaysMax: 366, bansGlobalSubnet: true };
const later = (ms: number) => new Date(noon.getTime() + ms);

function rotate(
  keyId: string,
  options: { expiration?: string; grace?: string; now?: Date; bansGlobalSubnet?: boolean } = {},
) {
  const { expiration = "2026-12-31", grace = "24h", now = noon, bansGlobalSubnet = true } = options;
  return rotateApiKey(app.database.db, {
    keyId,
    form: { expiration, grace },
    rules: { ...rules, bansGlobalSubnet },
    salts,
    actor,
    now,
  });
}

async function statusAt(test: TestApp, token: string, now: Date): Promise<number> {
  test.now = now;
  const { status } = await test.call("/api/v1/checkAuth", token);
  test.now = noon;
  return status;
}

describe("a successor", () => {
  test("has the same name, note, contact, subnets and grants, a new expiration and a new secret", async () => {
    const old = await makeKey(app, {
      keyName: "Payroll",
      note: "Ticket 4711",
      contactEmail: "pay@example.org",
      subnet: "203.0.113.0/24, 2001:db8::/32",
      grants: [
        { slug: "snow-removal", permission: "READ" },
        { slug: "draft-program", permission: "WRITE" },
      ],
    });
    const { successor, credentials } = await rotate(old.keyId);
    const same = ({ name, note, contactEmail, subnets, grants }: typeof successor) => {
      return { name, note, contactEmail, subnets, grants };
    };
    expect(same(successor)).toEqual(same(old.apiKey));
    expect(successor.expiration).toEqual(new Date("2026-12-31T08:00:00Z"));
    expect(successor.state).toBe("active");
    expect(credentials.keyId).not.toBe(old.keyId);
    expect(credentials.secret.reveal()).not.toBe(old.secret);
    expect(await statusAt(app, credentials.token.reveal(), noon)).toBe(200);
  });

  test("and its predecessor refer to each other, also in their audit events", async () => {
    const old = await makeKey(app);
    const { successor, predecessor, credentials } = await rotate(old.keyId);
    const link = ({ id, keyId }: typeof successor) => ({ id, keyId });
    expect(successor.predecessor).toEqual(link(old.apiKey));
    expect(predecessor.successor).toEqual(link(successor));
    const events = await app.database.client`
      select action, api_key_id::int, actor, details from audit_events
      where api_key_id in ${app.database.client([old.apiKey.id, successor.id])} order by id`;
    expect(events.slice(1)).toMatchObject([
      {
        action: "api_key.created",
        api_key_id: successor.id,
        actor: actor.name,
        details: { keyId: successor.keyId, rotatedFrom: old.keyId },
      },
      {
        action: "api_key.rotated",
        api_key_id: old.apiKey.id,
        actor: actor.name,
        details: { keyId: old.keyId, rotatedTo: successor.keyId, grace: "24h" },
      },
    ]);
    const stored = JSON.stringify([events, await app.database.client`select * from api_keys`]);
    expect(stored).not.toContain(credentials.secret.reveal());
  });

  test("can be rotated again", async () => {
    const first = await makeKey(app);
    const second = (await rotate(first.keyId)).successor;
    const third = (await rotate(second.keyId)).successor;
    const middle = await getApiKey(app.database.db, { actor, id: second.id, now: noon });
    expect([middle.predecessor?.id, middle.successor?.id]).toEqual([first.apiKey.id, third.id]);
  });
});

describe("the old key", () => {
  const graces = [
    ["1h", hourMs],
    ["24h", 24 * hourMs],
    ["7d", 7 * 24 * hourMs],
  ] as const;
  for (const [grace, ms] of graces) {
    test(`works for a grace period of ${grace} and not a millisecond longer, on every instance`, async () => {
      const old = await makeKey(app);
      await rotate(old.keyId, { grace });
      for (const instance of [app, otherInstance]) {
        expect(await statusAt(instance, old.token, later(ms - 1))).toBe(200);
        expect(await statusAt(instance, old.token, later(ms))).toBe(401);
        expect(instance.logLines.at(-1)).toMatchObject({ reason: "expired" });
      }
    });
  }

  test("is refused on the very next call after a rotation without a grace period, on every instance", async () => {
    const old = await makeKey(app);
    for (const instance of [app, otherInstance]) {
      expect(await statusAt(instance, old.token, noon)).toBe(200);
    }
    const { predecessor } = await rotate(old.keyId, { grace: "0" });
    expect(predecessor.state).toBe("expired");
    for (const instance of [otherInstance, app]) {
      expect(await statusAt(instance, old.token, noon)).toBe(401);
    }
  });

  test("never lives longer than it would have without the rotation", async () => {
    const old = await makeKey(app, { expiration: "2026-01-17" });
    const { predecessor } = await rotate(old.keyId, { grace: "7d" });
    expect(predecessor.expiration).toEqual(old.apiKey.expiration);
  });
});

describe("a rotation is refused", () => {
  test("with all problems of the form at once, without making a key", async () => {
    const old = await makeKey(app);
    const error = await failureOf(rotate(old.keyId, { expiration: "2026-01-15", grace: "30d" }));
    expect(error.code).toBe("invalid");
    expect(error.fields).toEqual({
      expiration: ["Expiration must be in the future."],
      grace: ["Choose how long the old key keeps working."],
    });
    const { successor, expiration } = await getApiKey(app.database.db, {
      actor,
      keyId: old.keyId,
      now: noon,
    });
    expect([successor, expiration]).toEqual([null, old.apiKey.expiration]);
  });

  test("when the new key's expiration is later than allowed", async () => {
    const old = await makeKey(app);
    const error = await failureOf(rotate(old.keyId, { expiration: "2027-01-17" }));
    expect(error.fields.expiration).toEqual(["Expiration must be on or before 2027-01-16."]);
  });

  test("when the key is retired, has expired or does not exist", async () => {
    const { keyId } = await makeKey(app);
    await retireApiKey(app.database.db, { keyId, actor, now: noon });
    expect((await failureOf(rotate(keyId))).code).toBe("conflict");
    const old = await makeKey(app, { expiration: "2026-01-17" });
    const now = old.apiKey.expiration;
    expect((await failureOf(rotate(old.keyId, { now }))).code).toBe("conflict");
    expect((await failureOf(rotate("cvk_none"))).code).toBe("not_found");
  });

  test("when the key has already been rotated, even during its grace period", async () => {
    const { keyId } = await makeKey(app);
    await rotate(keyId);
    const error = await failureOf(rotate(keyId));
    expect([error.code, error.message]).toEqual(["conflict", "The API key Case management has already been rotated."]);
  });

  test("when the key allows all addresses and new keys may not", async () => {
    const { keyId } = await makeKey(app, {
      subnet: "0.0.0.0/1, 128.0.0.0/1",
      bansGlobalSubnet: false,
    });
    expect((await failureOf(rotate(keyId))).code).toBe("conflict");
    expect((await rotate(keyId, { bansGlobalSubnet: false })).successor.state).toBe("active");
  });
});

test("of many rotations at the same moment exactly one succeeds, and makes exactly one successor", async () => {
  for (const grace of ["0", "24h"]) {
    const old = await makeKey(app);
    const outcomes = await Promise.allSettled(Array.from({ length: 6 }, () => rotate(old.keyId, { grace })));
    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    const reasons = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason.code] : []));
    expect(reasons).toEqual(Array.from({ length: 5 }, () => "conflict"));
    const [row] = await app.database.client`
      select count(*)::int as successors from api_keys where predecessor_id = ${old.apiKey.id}`;
    expect(row?.successors).toBe(1);
  }
});

test("the database itself refuses a second successor", async () => {
  const old = await makeKey(app);
  await rotate(old.keyId);
  const second = app.database.client`
    insert into api_keys (key_id, name, secret_hash, salt_id, expiration, subnets, created_at,
      created_by, predecessor_id)
    select 'cvk_second', name, secret_hash, salt_id, expiration, subnets, created_at, created_by, id
    from api_keys where id = ${old.apiKey.id}`;
  await expect(second.execute()).rejects.toThrow("api_keys_one_successor");
});
