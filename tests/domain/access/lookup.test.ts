import { describe, expect, test } from "bun:test";
import { connect } from "../../../src/db/client.ts";
import { createKeyLookup } from "../../../src/domain/access/lookup.ts";
import { createKeyReader, type KeyReader, type StoredKey } from "../../../src/domain/access/stored-keys.ts";
import { noAssets, startTestApp } from "../../support/app.ts";
import { openTestDatabase } from "../../support/database.ts";
import { makeKey, makeProgram } from "../../support/factories.ts";
import { failureOf } from "../../support/failures.ts";

type Answer = (keyIds: readonly string[]) => Promise<StoredKey[]>;

/** A reader that answers as the test says; `batches` are the key ids that it was asked for so far. */
function fakeReader(answer: Answer): { readKeys: KeyReader; batches: string[][] } {
  const batches: string[][] = [];
  return {
    batches,
    readKeys(keyIds) {
      batches.push([...keyIds]);
      const keys = answer(keyIds);
      return keys.then((found) => new Map(found.map((key) => [key.keyId, key])));
    },
  };
}

const keyOf = (keyId: string): StoredKey => ({
  id: 1,
  keyId,
  secretHash: "",
  saltId: "",
  expiration: new Date(0),
  isRetired: false,
  subnets: [],
  unreadableSubnets: [],
  grants: [],
});
const allKnown: Answer = async (keyIds) => keyIds.map(keyOf);
const never: Answer = () => new Promise(() => {});
const names = (count: number, prefix = "key") => Array.from({ length: count }, (_, index) => `${prefix}-${index}`);

describe("a look-up of keys", () => {
  test("asks the database once for all callers that wait at the same moment, and gives each its own key", async () => {
    const { readKeys, batches } = fakeReader(async (keyIds) => keyIds.slice(0, 2).map(keyOf));
    const lookup = createKeyLookup(readKeys);
    const found = await Promise.all(["a", "b", "a", "c"].map((keyId) => lookup.find(keyId)));
    expect(batches).toEqual([["a", "b", "c"]]);
    expect(found.map((key) => key?.keyId)).toEqual(["a", "b", "a", undefined]);
  });

  test("asks again for every later call, and caches nothing", async () => {
    const { readKeys, batches } = fakeReader(allKnown);
    const lookup = createKeyLookup(readKeys);
    for (const keyId of ["a", "a", "a"]) await lookup.find(keyId);
    expect(batches).toEqual([["a"], ["a"], ["a"]]);
  });

  test("never answers a call with what was read before it arrived", async () => {
    let answers = 0;
    const lookups: (() => void)[] = [];
    const { readKeys } = fakeReader(async (keyIds) => {
      answers += 1;
      const salt = `read ${answers}`;
      await new Promise<void>((resolve) => lookups.push(resolve));
      return keyIds.map((keyId) => ({ ...keyOf(keyId), saltId: salt }));
    });
    const lookup = createKeyLookup(readKeys);
    const early = lookup.find("a");
    await Bun.sleep(5);
    const late = lookup.find("a");
    await Bun.sleep(5);
    for (const answer of lookups) answer();
    expect((await early)?.saltId).toBe("read 1");
    expect((await late)?.saltId).toBe("read 2");
  });

  test("sends the first batch without waiting for a timer", async () => {
    const { readKeys } = fakeReader(allKnown);
    const lookup = createKeyLookup(readKeys);
    let isTimerFirst = false;
    setTimeout(() => {
      isTimerFirst = true;
    }, 50);
    await lookup.find("a");
    expect(isTimerFirst).toBeFalse();
  });

  test("sends at most two batches at a time, of at most 500 keys, and still answers every caller", async () => {
    let inFlight = 0;
    let most = 0;
    const { readKeys, batches } = fakeReader(async (keyIds) => {
      inFlight += 1;
      most = Math.max(most, inFlight);
      await Bun.sleep(5);
      inFlight -= 1;
      return keyIds.map(keyOf);
    });
    const lookup = createKeyLookup(readKeys);
    const found = await Promise.all(names(6_000).map((keyId) => lookup.find(keyId)));
    expect(found.every((key, index) => key?.keyId === `key-${index}`)).toBeTrue();
    expect(most).toBeLessThanOrEqual(2);
    expect(Math.max(...batches.map((batch) => batch.length))).toBe(500);
  });

  test("fails only a failed batch's own callers, with 'unavailable'", async () => {
    const { readKeys } = fakeReader((keyIds) =>
      keyIds.includes("bad") ? Promise.reject(new Error("no")) : allKnown(keyIds),
    );
    const lookup = createKeyLookup(readKeys);
    const bad = failureOf(lookup.find("bad"));
    await Bun.sleep(1);
    expect((await lookup.find("good"))?.keyId).toBe("good");
    const error = await bad;
    expect([error.code, error.retryAfterSeconds]).toEqual(["unavailable", 5]);
  });

  test("fails the callers of a batch that cannot be sent, and then works again", async () => {
    let isFirst = true;
    const { readKeys } = fakeReader((keyIds) => {
      if (!isFirst) return allKnown(keyIds);
      isFirst = false;
      throw new Error("thrown at once");
    });
    const lookup = createKeyLookup(readKeys);
    expect((await failureOf(lookup.find("a"))).code).toBe("unavailable");
    expect((await lookup.find("a"))?.keyId).toBe("a");
  });

  test("answers other callers while one batch is slow", async () => {
    const { readKeys } = fakeReader((keyIds) => (keyIds.includes("slow") ? never(keyIds) : allKnown(keyIds)));
    const lookup = createKeyLookup(readKeys);
    const slow = failureOf(lookup.find("slow")).then(() => "the slow one");
    await Bun.sleep(1);
    const others = Promise.all(names(50).map((keyId) => lookup.find(keyId))).then(() => "the others");
    expect(await Promise.race([slow, others])).toBe("the others");
  });
});

test("an unknown key ID finds no key, whichever others are looked up with it", async () => {
  const app = await startTestApp({ assets: noAssets });
  const lookup = createKeyLookup(createKeyReader(app.database.client));
  expect(await lookup.find("cvk_nobody")).toBeUndefined();
  await makeProgram(app);
  const keys = [await makeKey(app), await makeKey(app), await makeKey(app)];
  const asked = ["cvk_nobody", ...keys.map(({ keyId }) => keyId), "", "%", "cvk_"];
  const found = await Promise.all(asked.map((keyId) => lookup.find(keyId)));
  expect(found.map((key) => key?.keyId)).toEqual([
    undefined,
    ...keys.map(({ keyId }) => keyId),
    undefined,
    undefined,
    undefined,
  ]);
  expect(found[1]?.grants).toMatchObject([{ slug: "snow-removal", permission: "READ" }]);
  await app.close();
});

describe("a database that does not answer", () => {
  const patienceMs = 400;

  test("fails every call in time, including those that wait for a batch", async () => {
    const { readKeys, batches } = fakeReader(never);
    const lookup = createKeyLookup(readKeys, { patienceMs });
    // A clock that is as late as every other timer when the machine is busy.
    let clockMs = 0;
    const clock = setInterval(() => {
      clockMs += 10;
    }, 10);
    const waited = async (keyId: string) => {
      const startedMs = clockMs;
      const { code } = await failureOf(lookup.find(keyId));
      return { code, ms: clockMs - startedMs };
    };
    const calls: Promise<{ code: string; ms: number }>[] = [];
    for (const keyId of names(30)) {
      calls.push(waited(keyId));
      await Bun.sleep(10);
    }
    for (const { code, ms } of await Promise.all(calls)) {
      expect(code).toBe("unavailable");
      // With the patience of four seconds that would be less than five.
      expect(ms).toBeLessThan(patienceMs * 1.25);
    }
    clearInterval(clock);
    expect(batches.length).toBeGreaterThan(2);
  });

  test("is reported after each batch without an answer, and only then", async () => {
    let isAnswering = false;
    let reports = 0;
    const { readKeys } = fakeReader((keyIds) => (isAnswering ? allKnown : never)(keyIds));
    const onSilence = () => {
      reports += 1;
    };
    const lookup = createKeyLookup(readKeys, { onSilence, patienceMs });
    expect((await failureOf(lookup.find("a"))).code).toBe("unavailable");
    isAnswering = true;
    expect((await lookup.find("a"))?.keyId).toBe("a");
    expect(reports).toBe(1);
  });

  test("lets at most 10,000 calls wait, and refuses the next one at once", async () => {
    const { readKeys } = fakeReader(never);
    const lookup = createKeyLookup(readKeys);
    let failed = 0;
    for (let call = 0; call < 10_000; call += 1) {
      lookup.find("same").catch(() => {
        failed += 1;
      });
    }
    expect((await failureOf(lookup.find("same"))).message).toBe("Too many calls are waiting.");
    expect(failed).toBe(0);
  });
});

test("a new connection pool answers many calls at once without hanging", async () => {
  const database = await openTestDatabase();
  for (let round = 0; round < 10; round += 1) {
    const { client, close } = connect(database.target, { connectionsMax: 4, plansOnce: true });
    const lookup = createKeyLookup(createKeyReader(client));
    // One that hangs for four seconds fails.
    const found = await Promise.all(names(200).map((keyId) => lookup.find(keyId)));
    expect(found.every((key) => key === undefined)).toBeTrue();
    await close();
  }
  await database.close();
});
