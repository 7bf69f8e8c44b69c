import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createSaltRing, hashSecret, type Salt } from "../../../../src/domain/access/credentials.ts";
import { getApiKey } from "../../../../src/domain/access/keys/find.ts";
import { apiKeyListing } from "../../../../src/domain/access/keys/list.ts";
import { narrowApiKey } from "../../../../src/domain/access/keys/narrow.ts";
import { describeForNarrowing } from "../../../../src/domain/access/keys/narrow-form.ts";
import { retireApiKey } from "../../../../src/domain/access/keys/retire.ts";
import { importCiviFormKeys } from "../../../../src/domain/civiform/keys/import.ts";
import { DomainError } from "../../../../src/lib/errors.ts";
import { readFirst } from "../../../../src/lib/keyset.ts";
import { Secret } from "../../../../src/lib/secrets/secret.ts";
import vectors from "../../../fixtures/vectors/credentials.json" with { type: "json" };
import { noAssets, noon, salts, startTestApp, type TestApp, zone } from "../../../support/app.ts";
import { type CiviFormRow, civiFormRow, toCsv, toJson, toJsonLines } from "../../../support/civiform-keys.ts";
import { actor, civiFormSlugs, makeProgram } from "../../../support/factories.ts";

let app: TestApp;

beforeAll(async () => {
  app = await startTestApp({ assets: noAssets });
  await makeProgram(app);
  await makeProgram(app, { id: 2, adminName: "food-vouchers" });
  await makeProgram(app, { id: 3, adminName: "elsewhere", programType: "EXTERNAL" });
});
afterAll(() => app.close());

function importText(text: string, options: { salt?: Salt; isSaltNamed?: boolean; skipInvalid?: boolean } = {}) {
  const { salt = salts.current, isSaltNamed = false, skipInvalid = false } = options;
  return importCiviFormKeys(app.database.db, {
    text,
    salt,
    isSaltNamed,
    skipInvalid,
    actor,
    now: noon,
  });
}

/** A row with a key id and a secret of its own, under the tests' salt. */
function freshRow(given: CiviFormRow = {}): CiviFormRow & { key_id: string; secret: string } {
  const secret = crypto.getRandomValues(new Uint8Array(32)).toBase64();
  const keyId = crypto.getRandomValues(new Uint8Array(16)).toBase64();
  const row = civiFormRow({
    key_id: keyId,
    salted_key_secret: hashSecret(new Secret(secret), salts.current),
    ...given,
  });
  return { ...row, key_id: row.key_id ?? "", secret };
}

const tokenOf = (row: { key_id: string; secret: string }) => btoa(`${row.key_id}:${row.secret}`);
const findKey = (row: { key_id: string }) => getApiKey(app.database.db, { actor, keyId: row.key_id, now: noon });

async function messageOf(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof DomainError && error.code === "invalid") return error.message;
  throw new Error("it did not fail as expected", { cause: error });
}

const countKeys = async () => {
  const [row] = await app.database.client`
    select (select count(*) from api_keys)::int + (select count(*) from audit_events)::int as n`;
  return row?.n;
};

describe("a key from CiviForm", () => {
  for (const [index, vector] of vectors.vectors.entries()) {
    test(`keeps its credentials (vector ${index})`, async () => {
      const ring = createSaltRing(vector.salt, []);
      const server = await startTestApp({ assets: noAssets, database: app.database, salts: ring });
      await importText(toCsv([civiFormRow({ key_id: vector.keyId, salted_key_secret: vector.stored })]), {
        salt: ring.current,
      });
      expect((await server.call("/api/v1/checkAuth", vector.token)).status).toBe(200);
      const wrong = btoa(`${vector.keyId}:${vector.stored}`);
      expect((await server.call("/api/v1/checkAuth", wrong)).status).toBe(401);
      await server.close();
    });
  }

  test("keeps its subnets, grants, expiration, origin and usage", async () => {
    const row = freshRow({
      grants: '{"programGrants": {"snow-removal": ["READ", "WRITE"], "food-vouchers": ["READ"]}}',
    });
    expect(await importText(toCsv([row]))).toEqual({
      read: 1,
      inserted: 1,
      updated: 0,
      unchanged: 0,
      rejected: 0,
      problems: [],
      warnings: [],
    });
    expect(await findKey(row)).toMatchObject({
      name: "Case management",
      state: "active",
      subnets: ["203.0.113.0/24", "2001:db8::/32"],
      expiration: new Date("2026-12-01T08:00:00Z"),
      createdAt: new Date("2025-05-25T20:46:15.123Z"),
      createdBy: "iss: https://idp.example.gov sub: 0b1d",
      retiredAt: null,
      callCount: 1234,
      lastUsedAt: null,
      lastUsedAddress: "203.0.113.9",
      grants: [
        { slug: "food-vouchers", permission: "READ" },
        { slug: "snow-removal", permission: "READ" },
        { slug: "snow-removal", permission: "WRITE" },
      ],
    });
    app.peer = "192.0.2.1";
    expect((await app.call("/api/v1/checkAuth", tokenOf(row))).status).toBe(401);
    app.peer = "203.0.113.7";
    const list = "/api/v1/admin/programs/snow-removal/applications";
    expect((await app.call(list, tokenOf(row))).status).toBe(200);
    await app.usage.flush();
    expect(await findKey(row)).toMatchObject({
      callCount: 1235,
      lastUsedAt: noon,
      lastUsedAddress: "203.0.113.7",
    });
  });

  for (const [index, [adminName, slug]] of civiFormSlugs.entries()) {
    test(`reads the program ${adminName} under CiviForm's slug for it`, async () => {
      await makeProgram(app, { id: 10 + index, adminName });
      const row = freshRow({ grants: JSON.stringify({ programGrants: { [slug]: ["READ"] } }) });
      expect(await importText(toCsv([row]))).toMatchObject({ inserted: 1, problems: [] });
      app.peer = "203.0.113.7";
      const list = `/api/v1/admin/programs/${slug}/applications`;
      expect((await app.call(list, tokenOf(row))).status).toBe(200);
    });
  }

  test("stays retired and stays expired", async () => {
    const retired = freshRow({
      retired_time: "2025-07-01 09:00:00-07",
      retired_by: "li@example.gov",
    });
    const expired = freshRow({ expiration: "2026-01-01 08:00:00" });
    await importText(toCsv([retired, expired]));
    expect(await findKey(retired)).toMatchObject({
      state: "retired",
      retiredAt: new Date("2025-07-01T16:00:00Z"),
      retiredBy: "li@example.gov",
    });
    expect((await findKey(expired)).state).toBe("expired");
    for (const row of [retired, expired]) {
      expect((await app.call("/api/v1/checkAuth", tokenOf(row))).status).toBe(401);
    }
  });

  test("may allow all addresses, which is reported unless it is retired, live for ten years, and have been used from nowhere", async () => {
    const row = freshRow({
      subnet: "0.0.0.0/0",
      expiration: "2036-01-01T08:00:00.5Z",
      call_count: "0",
      last_call_ip_address: "N/A",
      created_by: "",
    });
    const retired = freshRow({ name: "Old", subnet: "::/0", retired_time: row.create_time ?? "", retired_by: "li" });
    const { warnings } = await importText(toCsv([row, freshRow(), retired]));
    expect(warnings).toEqual(["“Case management” allows more than half of all IP addresses. Narrow it."]);
    expect(await findKey(row)).toMatchObject({
      subnets: ["0.0.0.0/0"],
      expiration: new Date("2036-01-01T08:00:00.500Z"),
      callCount: 0,
      lastUsedAddress: null,
      createdBy: "unknown",
    });
  });

  test("is moved to the current salt by its first good call, and can be imported again after it", async () => {
    const row = freshRow();
    const ring = createSaltRing("another salt 0123456789 abcdefgh", ["test salt 0123456789 abcdefghijkl"]);
    await importText(toCsv([row]));
    const server = await startTestApp({ assets: noAssets, database: app.database, salts: ring });
    expect((await server.call("/api/v1/checkAuth", tokenOf(row))).status).toBe(200);
    await server.close();
    const [stored] = await app.database.client`
      select salt_id from api_keys where key_id = ${row.key_id}`;
    expect(stored?.salt_id).toBe(ring.current.id);
    expect(await importText(toCsv([row]))).toMatchObject({ unchanged: 1, rejected: 0 });
  });

  test("writes an audit event that says so, without its hash", async () => {
    const row = freshRow();
    await importText(toCsv([row]));
    const { id } = await findKey(row);
    const [event] = await app.database.client`
      select action, actor, details from audit_events where api_key_id = ${id}`;
    expect(event).toMatchObject({
      action: "api_key.imported",
      actor: actor.name,
      details: { keyId: row.key_id, from: "CiviForm" },
    });
    expect(JSON.stringify(event)).not.toContain(row.salted_key_secret);
  });
});

describe("a file", () => {
  test("may be CSV with a byte order mark, a JSON array, one object, or JSON lines", async () => {
    const rows = [freshRow(), freshRow(), freshRow({ name: 'Ann "A", line\nbreak' })];
    expect(await importText(`\uFEFF${toCsv(rows)}`)).toMatchObject({ inserted: 3 });
    expect(await importText(toJson(rows))).toMatchObject({ read: 3, unchanged: 3 });
    expect(await importText(toJsonLines(rows))).toMatchObject({ read: 3, unchanged: 3 });
    expect(await importText(toJsonLines(rows.slice(0, 1)))).toMatchObject({ unchanged: 1 });
  });

  test("gives keys their numbers in the order in which they were made", async () => {
    const newer = freshRow({ create_time: "2025-02-01 00:00:00+00" });
    const older = freshRow({ create_time: "2025-01-01 00:00:00+00" });
    await importText(toCsv([newer, older]));
    expect((await findKey(older)).id).toBeLessThan((await findKey(newer)).id);
  });

  const nonsense: Readonly<Record<string, [text: string, message: string]>> = {
    "without the table's columns": ["a,b\n1,2\n", "Row 1 has no name, create_time"],
    "that is broken CSV": ['name,key_id\n"a,b\n', "The file is not CSV"],
    "with a row that is too short": ["name,key_id\na\n", "The file is not CSV"],
    "that is broken JSON": ["[{", "The file is not JSON"],
    "of JSON that is no table": ["[1, 2]", "The file is not JSON"],
  };
  for (const [name, [text, message]] of Object.entries(nonsense)) {
    test(`${name} is refused`, async () => {
      expect(await messageOf(importText(text))).toStartWith(message);
    });
  }
});

describe("a row that cannot be imported", () => {
  const problems: readonly [change: CiviFormRow, problem: string][] = [
    [{ subnet: "203.0.113.0/24, office" }, "subnet is not in CIDR notation: office"],
    [{ subnet: "" }, "subnet is blank."],
    [{ grants: '{"programGrants": {}}' }, "grants names no program: a key needs one."],
    [{ grants: "READ" }, "grants names no program: a key needs one."],
    [
      { grants: '{"programGrants": {"snow-removal": ["ADMIN"]}}' },
      "grants has a permission that is neither READ nor WRITE.",
    ],
    [
      { grants: '{"programGrants": {"no-such": ["READ"], "elsewhere": ["READ"]}}' },
      "“Case management” has grants on programs that CiviKey does not have: no-such, elsewhere. Import those programs first.",
    ],
    [{ expiration: "" }, "expiration is missing."],
    [{ expiration: "tomorrow" }, "expiration is not a time: tomorrow"],
    [{ create_time: "2025-02-30 00:00:00+00" }, "create_time is not a time: 2025-02-30 00:00:00+00"],
    [{ name: "  " }, "name is blank."],
    [{ key_id: "a:b" }, "key_id is not a valid user name for HTTP Basic."],
    [{ salted_key_secret: "short" }, "salted_key_secret is not a Base64 HMAC-SHA-256."],
    [{ call_count: "-1" }, "call_count is not a count."],
    [{ retired_by: "li@example.gov" }, "retired_by is set, but retired_time is not."],
  ];
  for (const [change, problem] of problems) {
    test(`${JSON.stringify(change)} is named, and nothing of the file is stored`, async () => {
      const before = await countKeys();
      const message = await messageOf(importText(toCsv([freshRow(), freshRow(change)])));
      expect(message).toBe(`Nothing was imported: 1 of 2 keys cannot be imported.\n  - Row 2: ${problem}`);
      expect(await countKeys()).toBe(before);
    });
  }

  test("is left out when that is asked for, and the rest is imported", async () => {
    const rows = [freshRow({ subnet: "office" }), freshRow(), freshRow({ grants: "{}" })];
    const result = await importText(toCsv(rows), { skipInvalid: true });
    expect(result).toMatchObject({ read: 3, inserted: 1, rejected: 2 });
    expect(result.problems).toEqual([
      "Row 1: subnet is not in CIDR notation: office",
      "Row 3: grants names no program: a key needs one.",
    ]);
  });
});

describe("importing again", () => {
  test("changes nothing", async () => {
    const rows = [freshRow(), freshRow({ call_count: "5" })];
    await importText(toCsv(rows));
    const before = await countKeys();
    const later = rows.map((row) => ({ ...row, call_count: "99", last_call_ip_address: "::1" }));
    expect(await importText(toCsv(later))).toMatchObject({ read: 2, inserted: 0, unchanged: 2 });
    expect(await countKeys()).toBe(before);
    expect((await findKey(rows[0] ?? freshRow())).callCount).toBe(1234);
  });

  const changes: readonly [change: CiviFormRow, differing: string][] = [
    [{ name: "Another name" }, "name"],
    [{ salted_key_secret: hashSecret(new Secret("another"), salts.current) }, "secret"],
    [{ subnet: "0.0.0.0/0", expiration: "2026-12-02 08:00:00+00" }, "subnets, expiration"],
    [{ grants: '{"programGrants": {"food-vouchers": ["READ"]}}' }, "grants"],
    [{ created_by: "somebody else" }, "creation"],
    [{ retired_time: "2026-01-01 00:00:00+00" }, "retirement"],
  ];
  for (const [change, differing] of changes) {
    test(`a key with another ${differing} is a conflict, and stays as it is`, async () => {
      const row = freshRow();
      await importText(toCsv([row]));
      const before = await findKey(row);
      expect(await messageOf(importText(toCsv([{ ...row, ...change }])))).toContain(
        `already exists with a different ${differing}. It was not changed.`,
      );
      expect(await findKey(row)).toEqual(before);
    });
  }

  test("never undoes what was narrowed or retired here", async () => {
    const narrowed = freshRow();
    const retired = freshRow();
    const text = toCsv([narrowed, retired]);
    await importText(text);
    const asItIs = describeForNarrowing(await findKey(narrowed), zone);
    await narrowApiKey(app.database.db, {
      keyId: narrowed.key_id,
      form: { ...asItIs, subnet: "203.0.113.0/25" },
      zone,
      actor,
      now: noon,
    });
    await retireApiKey(app.database.db, { keyId: retired.key_id, actor, now: noon });
    expect(await importText(text, { skipInvalid: true })).toMatchObject({ rejected: 2 });
    expect((await findKey(narrowed)).subnets).toEqual(["203.0.113.0/25"]);
    expect((await findKey(retired)).state).toBe("retired");
  });

  test("at the same moment stores every key once", async () => {
    const text = toCsv([freshRow(), freshRow()]);
    const outcomes = await Promise.allSettled([importText(text), importText(text)]);
    const apiKeys = await readFirst(apiKeyListing(app.database.db, { actor, filter: { now: noon } }), 10_000);
    expect(outcomes.some(({ status }) => status === "fulfilled")).toBe(true);
    expect(new Set(apiKeys.map(({ keyId }) => keyId)).size).toBe(apiKeys.length);
  });

  test("mends a wrong salt when the right one is named, and only then", async () => {
    const right = salts.current;
    const wrong = createSaltRing("a wrong salt 0123456789 abcdefgh", []).current;
    const row = freshRow();
    await importText(toCsv([row]), { salt: wrong });
    expect((await app.call("/api/v1/checkAuth", tokenOf(row))).status).toBe(401);
    expect(await messageOf(importText(toCsv([row]), { salt: right }))).toContain("--salt");
    const mended = await importText(toCsv([row]), { salt: right, isSaltNamed: true });
    expect(mended).toMatchObject({ updated: 1, rejected: 0 });
    expect((await app.call("/api/v1/checkAuth", tokenOf(row))).status).toBe(200);
  });
});
