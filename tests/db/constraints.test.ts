import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { openTestDatabase, type TestDatabase } from "../support/database.ts";

let database: TestDatabase;

beforeAll(async () => {
  database = await openTestDatabase();
  await database.client.unsafe(`
    insert into programs (slug, admin_name, name, program_type, created_at)
    values ('p', 'p', 'P', 'DEFAULT', now())`);
});
afterAll(() => database.close());

const columns = {
  key_id: "'k' || gen_random_uuid()",
  name: "'Name'",
  secret_hash: "'hash'",
  salt_id: "'salt'",
  expiration: "now() + interval '1 day'",
  subnets: "array['10.0.0.0/8']::cidr[]",
  created_at: "now()",
  created_by: "'ada'",
};

/** Stores a key and its grant as somebody with a SQL prompt would, past all of our code. */
const insert = (changes: Record<string, string> = {}, grant = true) => {
  const row = { ...columns, ...changes };
  return database.client.begin(async (sql) => {
    await sql.unsafe(`insert into api_keys (${Object.keys(row)}) values (${Object.values(row)})`);
    if (grant) await sql.unsafe("insert into grants select max(id), 1, 'READ' from api_keys");
  });
};
const refusal = async (work: Promise<unknown>) => {
  try {
    await work;
    return "stored";
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
};

describe("the database itself refuses", () => {
  test("nothing of a key that is whole", async () => {
    expect(await refusal(insert())).toBe("stored");
  });

  const broken: Record<string, readonly [Record<string, string>, RegExp]> = {
    "a key without expiration": [{ expiration: "null" }, /expiration/],
    "a key without subnets": [{ subnets: "null" }, /subnets/],
    "a key with an empty list of subnets": [{ subnets: "'{}'" }, /have_a_subnet/],
    "a key with a null among its subnets": [{ subnets: "array[null]::cidr[]" }, /subnets_not_null/],
    "a key with a text that is no subnet": [{ subnets: "array['nonsense']::cidr[]" }, /cidr/],
    "a key with a blank name": [{ name: "'  '" }, /name_not_blank/],
    "a key that was retired by nobody": [{ retired_at: "now()" }, /retired_by_someone/],
  };
  for (const [name, [changes, message]] of Object.entries(broken)) {
    test(name, async () => {
      expect(await refusal(insert(changes))).toMatch(message);
    });
  }

  test("a key without a grant, at the end of the transaction", async () => {
    expect(await refusal(insert({}, false))).toMatch(/has no grant/);
  });

  test("taking away a key's last grant", async () => {
    await insert();
    expect(
      await refusal(database.client.unsafe("delete from grants where api_key_id = (select max(id) from api_keys)")),
    ).toMatch(/has no grant/);
  });

  test("bringing a retired key back, and deleting any", async () => {
    await insert({ retired_at: "now()", retired_by: "'ada'" });
    const last = "(select max(id) from api_keys)";
    for (const statement of [
      `update api_keys set retired_at = null, retired_by = null where id = ${last}`,
      `update api_keys set retired_at = now() + interval '1 day' where id = ${last}`,
    ]) {
      expect(await refusal(database.client.unsafe(statement))).toMatch(/retired for good/);
    }
    expect(await refusal(database.client.unsafe("delete from api_keys"))).toMatch(/append-only/);
  });

  test("changing, deleting or truncating the audit trail", async () => {
    await database.client.unsafe(
      "insert into audit_events (at, actor, action, details) values (now(), 'ada', 'x', '{}')",
    );
    for (const statement of [
      "update audit_events set actor = 'eve'",
      "delete from audit_events",
      "truncate audit_events",
    ]) {
      expect(await refusal(database.client.unsafe(statement))).toMatch(/append-only/);
    }
  });

  test("taking away all grants of all keys at once, which nobody would notice", async () => {
    expect(await refusal(database.client.unsafe("truncate grants"))).toMatch(/append-only/);
  });

  test("changing a published definition, or a second active version", async () => {
    const version = (id: number, stage: string) =>
      database.client.unsafe(`
        insert into program_versions (id, program_id, stage, definition, questions, imported_at, published_at)
        values (${id}, 1, '${stage}', '{}', '[]', now(), now())`);
    await version(1, "active");
    expect(await refusal(database.client.unsafe("update program_versions set definition = '{\"a\":1}'"))).toMatch(
      /never changes/,
    );
    expect(await refusal(version(2, "active"))).toMatch(/one_active/);
  });
});
