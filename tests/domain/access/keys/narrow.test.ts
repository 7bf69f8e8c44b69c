import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import fc from "fast-check";
import { getApiKey } from "../../../../src/domain/access/keys/find.ts";
import { narrowApiKey } from "../../../../src/domain/access/keys/narrow.ts";
import { describeForNarrowing, type NarrowingForm } from "../../../../src/domain/access/keys/narrow-form.ts";
import { retireApiKey } from "../../../../src/domain/access/keys/retire.ts";
import { rotateApiKey } from "../../../../src/domain/access/keys/rotate.ts";
import type { FieldProblems } from "../../../../src/lib/errors.ts";
import { isWithin, parseSubnet } from "../../../../src/lib/net/subnets.ts";
import { noAssets, noon, salts, startTestApp, type TestApp, zone } from "../../../support/app.ts";
import { actor, makeKey, makeProgram, makeWideKey } from "../../../support/factories.ts";
import { failureOf } from "../../../support/failures.ts";

let app: TestApp;
let otherInstance: TestApp;

beforeAll(async () => {
  app = await startTestApp({ assets: noAssets });
  otherInstance = await startTestApp({ assets: noAssets, database: app.database });
  await makeProgram(app);
  await makeProgram(app, { id: 2, adminName: "food-vouchers" });
});
afterAll(async () => {
  await otherInstance.close();
  await app.close();
});

/** Narrows with the form as the page shows it, but for what is given. */
async function narrow(keyId: string, form: Partial<NarrowingForm> = {}, now = noon) {
  const asItIs = describeForNarrowing(await getApiKey(app.database.db, { actor, keyId, now }), zone);
  return narrowApiKey(app.database.db, { keyId, form: { ...asItIs, ...form }, zone, actor, now });
}

const auditEventsOf = (id: number) =>
  app.database.client`
    select action, details from audit_events
    where api_key_id = ${id} and action <> 'api_key.created' order by id`;

describe("narrowing", () => {
  test("takes a subnet away: the next call from there is refused, on every instance", async () => {
    const { keyId, token } = await makeWideKey(app);
    const statuses = async () => {
      const seen: number[] = [];
      for (const instance of [otherInstance, app]) {
        for (const peer of ["203.0.113.200", "203.0.113.1", "198.51.100.1"]) {
          instance.peer = peer;
          seen.push((await instance.call("/api/v1/checkAuth", token)).status);
        }
      }
      return seen;
    };
    expect(await statuses()).toEqual([200, 200, 200, 200, 200, 200]);
    const { subnets } = await narrow(keyId, { subnet: "203.0.113.0/25" });
    expect(subnets).toEqual(["203.0.113.0/25"]);
    expect(await statuses()).toEqual([401, 200, 401, 401, 200, 401]);
    app.peer = otherInstance.peer = "203.0.113.7";
  });

  test("takes a grant away: the next call to that program is refused, on every instance", async () => {
    const { keyId, token } = await makeWideKey(app);
    const list = "/api/v1/admin/programs/food-vouchers/applications";
    expect((await otherInstance.call(list, token)).status).toBe(200);
    const { grants } = await narrow(keyId, {
      grants: [
        { slug: "snow-removal", permission: "WRITE" },
        { slug: "snow-removal", permission: "READ" },
      ],
    });
    expect(grants.map(({ slug, permission }) => `${permission} ${slug}`)).toEqual([
      "READ snow-removal",
      "WRITE snow-removal",
    ]);
    for (const instance of [otherInstance, app]) {
      expect((await instance.call(list, token)).status).toBe(401);
      expect(instance.logLines.at(-1)).toMatchObject({ reason: "no_grant" });
    }
  });

  test("brings the expiration forward", async () => {
    const { keyId } = await makeWideKey(app);
    const { expiration } = await narrow(keyId, { expiration: "2026-01-16" });
    expect(expiration).toEqual(new Date("2026-01-16T08:00:00Z"));
  });

  test("edits name, contact and note", async () => {
    const { keyId } = await makeWideKey(app);
    const edited = await narrow(keyId, { keyName: " New name ", contactEmail: "", note: "" });
    expect(edited).toMatchObject({ name: "New name", contactEmail: null, note: null });
  });

  test("writes an audit event with what changed, before and after, and nothing else", async () => {
    const { keyId, apiKey } = await makeWideKey(app);
    await narrow(keyId, {
      subnet: "203.0.113.0/24",
      grants: [{ slug: "snow-removal", permission: "READ" }],
    });
    expect([...(await auditEventsOf(apiKey.id))]).toEqual([
      {
        action: "api_key.narrowed",
        details: {
          name: "Case management",
          keyId,
          before: {
            subnets: ["198.51.100.0/24", "203.0.113.0/24"],
            grants: [
              { slug: "food-vouchers", permission: "READ" },
              { slug: "snow-removal", permission: "READ" },
              { slug: "snow-removal", permission: "WRITE" },
            ],
          },
          after: {
            subnets: ["203.0.113.0/24"],
            grants: [{ slug: "snow-removal", permission: "READ" }],
          },
        },
      },
    ]);
  });

  test("writes nothing when the form changes nothing", async () => {
    const { keyId, apiKey } = await makeWideKey(app);
    expect(await narrow(keyId)).toEqual(apiKey);
    expect(await narrow(keyId, { subnet: "198.51.100.0/24 , 203.0.113.0/24" })).toEqual(apiKey);
    expect([...(await auditEventsOf(apiKey.id))]).toEqual([]);
  });

  test("keeps an expiration that is not at the start of a day, to the millisecond", async () => {
    const { keyId } = await makeWideKey(app);
    const { predecessor } = await rotateApiKey(app.database.db, {
      keyId,
      form: { expiration: "2026-02-14", grace: "24h" },
      rules: { zone, lifetimeDaysMax: 0, bansGlobalSubnet: true },
      salts,
      actor,
      now: noon,
    });
    const { expiration, note } = await narrow(keyId, { note: "Rotated" });
    expect([expiration, note]).toEqual([predecessor.expiration, "Rotated"]);
  });

  test("accepts one subnet in place of several that fill it", async () => {
    const { keyId } = await makeKey(app, { subnet: "10.0.0.0/25, 10.0.0.128/26, 10.0.0.192/26" });
    expect((await narrow(keyId, { subnet: "10.0.0.0/24" })).subnets).toEqual(["10.0.0.0/24"]);
  });

  test("can edit a key that allows all addresses, and restrict its addresses", async () => {
    const { keyId } = await makeKey(app, { subnet: "0.0.0.0/0", bansGlobalSubnet: false });
    expect((await narrow(keyId, { note: "From CiviForm" })).subnets).toEqual(["0.0.0.0/0"]);
    expect((await narrow(keyId, { subnet: "10.0.0.0/8" })).subnets).toEqual(["10.0.0.0/8"]);
  });
});

describe("narrowing never widens", () => {
  const attempts: readonly [name: string, form: Partial<NarrowingForm>, problems: FieldProblems][] = [
    [
      "a later expiration",
      { expiration: "2026-02-15" },
      {
        expiration: ["Expiration cannot be later than 2026-02-14. For more time, make a new key or rotate this one."],
      },
    ],
    [
      "later renewals",
      { renewUntil: "2026-07-01" },
      { renewUntil: ["Renewal date cannot be later than 2026-06-30. Create a new key for it."] },
    ],
    [
      "another and a larger subnet",
      { subnet: "203.0.113.0/24, 192.0.2.1/32, 203.0.112.0/23, 2001:db8::/32" },
      {
        subnet: [
          "Subnet 192.0.2.1/32 cannot be added. Create a new key for it.",
          "Subnet 203.0.112.0/23 cannot be added. Create a new key for it.",
          "Subnet 2001:db8::/32 cannot be added. Create a new key for it.",
        ],
      },
    ],
    [
      "a permission that it does not have, on a program that it knows",
      { grants: [{ slug: "food-vouchers", permission: "WRITE" }] },
      { grants: ["WRITE on food-vouchers cannot be added. Create a new key for it."] },
    ],
    [
      "a program that it does not have",
      {
        grants: [
          { slug: "food-vouchers", permission: "READ" },
          { slug: "no-such-program", permission: "READ" },
        ],
      },
      { grants: ["READ on no-such-program cannot be added. Create a new key for it."] },
    ],
    [
      "all fields left empty",
      { keyName: " ", expiration: "", subnet: "", grants: [] },
      {
        keyName: ["Key name cannot be blank."],
        expiration: ["Expiration cannot be blank."],
        subnet: ["Subnet cannot be blank."],
        grants: ["You must select at least one program."],
      },
    ],
    ["an expiration of today", { expiration: "2026-01-15" }, { expiration: ["Expiration must be in the future."] }],
    [
      "invalid dates and an invalid subnet",
      { expiration: "2026-02-30", renewUntil: "soon", subnet: "203.0.113.7" },
      {
        renewUntil: ["Renewal date must be in the form YYYY-MM-DD."],
        expiration: ["Expiration must be in the form YYYY-MM-DD."],
        subnet: ["Subnet must be in CIDR notation. 203.0.113.7 is a single address. Did you mean 203.0.113.7/32?"],
      },
    ],
  ];
  for (const [name, form, problems] of attempts) {
    test(`refuses ${name} with a message at the field, and changes nothing`, async () => {
      const { keyId, apiKey } = await makeWideKey(app);
      const error = await failureOf(narrow(keyId, { keyName: "Changed", ...form }));
      expect(error.code).toBe("invalid");
      expect(error.fields).toEqual(problems);
      expect(await getApiKey(app.database.db, { actor, keyId, now: noon })).toEqual(apiKey);
      expect([...(await auditEventsOf(apiKey.id))]).toEqual([]);
    });
  }

  test("brings renewals nearer and ends them, and never gives them back", async () => {
    const { keyId, apiKey } = await makeWideKey(app);
    expect((await narrow(keyId, { renewUntil: "2026-05-01" })).renewUntil).toEqual(new Date("2026-05-01T07:00:00Z"));
    const { renewUntil } = await narrow(keyId, { renewUntil: undefined, note: "Without the field" });
    expect(renewUntil).toEqual(new Date("2026-05-01T07:00:00Z"));
    expect((await narrow(keyId, { renewUntil: "" })).renewUntil).toBeNull();
    const error = await failureOf(narrow(keyId, { renewUntil: "2026-05-01" }));
    expect(error.fields).toEqual({ renewUntil: ["Renewal cannot be added. Create a new key for it."] });
    const [newest] = (await auditEventsOf(apiKey.id)).toReversed();
    expect(newest?.details).toMatchObject({
      before: { renewUntil: "2026-05-01T07:00:00.000Z" },
      after: { renewUntil: null },
    });
  });

  test("refuses a retired and an expired key", async () => {
    const { keyId, apiKey } = await makeWideKey(app);
    expect((await failureOf(narrow(keyId, {}, apiKey.expiration))).code).toBe("conflict");
    await retireApiKey(app.database.db, { keyId, actor, now: noon });
    expect((await failureOf(narrow(keyId))).code).toBe("conflict");
  });

  test("checks the second of two simultaneous changes against what the first has left", async () => {
    const { keyId } = await makeWideKey(app);
    const outcomes = await Promise.allSettled([
      narrow(keyId, { subnet: "203.0.113.0/24" }),
      narrow(keyId, { subnet: "198.51.100.0/24" }),
    ]);
    expect(outcomes.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
    const { subnets } = await getApiKey(app.database.db, { actor, keyId, now: noon });
    expect(subnets).toHaveLength(1);
  });
});

test("the database and the domain agree on which subnets are within others", async () => {
  // Few and large blocks, mostly of one family: what fills what, overlaps or comes twice is in every other list.
  const block = (families: readonly boolean[]) =>
    fc
      .tuple(fc.constantFrom(...families), fc.nat({ max: 255 }), fc.integer({ min: 0, max: 3 }))
      .map(([isIPv6, top, length]) => {
        const text = isIPv6 ? `${(top << 8).toString(16)}::/${length}` : `${top}.0.0.0/${length}`;
        return parseSubnet(text)?.text ?? "";
      });
  const pair = fc.constantFrom([true], [false], [true, false]).chain((families) => {
    const blocks = fc.array(block(families), { minLength: 1, maxLength: 5 });
    return fc.tuple(blocks, blocks);
  });
  const pairs = fc.sample(pair, 80);
  // In one statement: hundreds of round trips take seconds.
  const lists = JSON.stringify(pairs.map((pair) => pair.map((texts) => `{${texts}}`)));
  const rows = await app.database.client`
    select subnets_are_within((pair ->> 0)::cidr[], (pair ->> 1)::cidr[]) as is_within
    from jsonb_array_elements(${lists}::text::jsonb) with ordinality as pairs (pair, at) order by at`;
  const found = pairs.map(([narrower, wider], index) => ({ narrower, wider, isWithin: rows[index]?.is_within }));
  const expected = pairs.map(([narrower, wider]) => {
    const outer = wider.flatMap((text) => parseSubnet(text) ?? []);
    const inner = narrower.flatMap((text) => parseSubnet(text) ?? []);
    return { narrower, wider, isWithin: inner.every((subnet) => isWithin(subnet, outer)) };
  });
  expect(found).toEqual(expected);
  expect(new Set(expected.map((each) => each.isWithin)).size).toBe(2);
});

describe("the database itself never widens a key", () => {
  const statements: Readonly<Record<string, string>> = {
    "a later expiration": "update api_keys set expiration = expiration + interval '1 second'",
    "renewals that nobody allowed": "update api_keys set renew_until = now()",
    "another subnet": "update api_keys set subnets = subnets || '192.0.2.0/24'::cidr",
    "a larger subnet": "update api_keys set subnets = array['203.0.112.0/23'::cidr]",
    "a larger subnet in place of one of two":
      "update api_keys set subnets = array['198.51.100.0/24'::cidr, '203.0.0.0/16'::cidr]",
    "another predecessor": "update api_keys set predecessor_id = id - 1",
  };
  for (const [name, statement] of Object.entries(statements)) {
    test(`refuses ${name}`, async () => {
      const { apiKey } = await makeWideKey(app);
      const change = app.database.client.unsafe(`${statement} where id = ${apiKey.id}`);
      await expect(change.execute()).rejects.toMatchObject({ code: "23514" });
    });
  }

  test("refuses an additional grant, and another permission in place of one", async () => {
    const { apiKey } = await makeKey(app);
    const { client } = app.database;
    const added = client`
      insert into grants select ${apiKey.id}, id, 'READ' from programs where slug = 'food-vouchers'`;
    await expect(added.execute()).rejects.toMatchObject({ constraint_name: "grants_never_widen" });
    const replaced = client`update grants set permission = 'WRITE' where api_key_id = ${apiKey.id}`;
    await expect(replaced.execute()).rejects.toMatchObject({ code: "23514" });
  });

  test("refuses to take the last grant away", async () => {
    const { apiKey } = await makeKey(app);
    const emptied = app.database.client`delete from grants where api_key_id = ${apiKey.id}`;
    await expect(emptied.execute()).rejects.toMatchObject({
      constraint_name: "api_keys_have_a_grant",
    });
  });

  test("accepts one subnet in place of several that fill it, and the reverse, as the domain does", async () => {
    const { apiKey } = await makeKey(app, {
      subnet: "fc00::/8, fd00::/9, 10.0.0.0/9, 10.128.0.0/9",
    });
    const set = (subnets: string) =>
      app.database.client`
        update api_keys set subnets = ${subnets}::cidr[] where id = ${apiKey.id}`.execute();
    await expect(set("{fc00::/7}")).rejects.toMatchObject({ code: "23514" });
    await expect(set("{10.0.0.0/7}")).rejects.toMatchObject({ code: "23514" });
    await expect(set("{fc00::/8,fd80::/9}")).rejects.toMatchObject({ code: "23514" });
    await set("{10.0.0.0/8,fd00::/9}");
    await set("{10.0.0.0/9,10.128.0.0/9}");
    await set("{10.0.0.0/8}");
  });
});
