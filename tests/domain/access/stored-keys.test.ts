import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createKeyReader } from "../../../src/domain/access/stored-keys.ts";
import { noAssets, startTestApp, type TestApp } from "../../support/app.ts";
import { makeKey, makeProgram } from "../../support/factories.ts";

let app: TestApp;

beforeAll(async () => {
  app = await startTestApp({ assets: noAssets });
  await makeProgram(app);
  await makeProgram(app, { id: 2, adminName: "tree-planting" });
});
afterAll(() => app.close());

/** A key that a reader has read and decoded already. */
async function makeReadKey() {
  const { keyId } = await makeKey(app, {
    subnet: "10.0.0.0/8, 192.0.2.0/24",
    grants: [
      { slug: "snow-removal", permission: "READ" },
      { slug: "tree-planting", permission: "READ" },
    ],
  });
  const readKeys = createKeyReader(app.database.client);
  const read = async () => (await readKeys([keyId])).get(keyId);
  await read();
  return { keyId, read };
}

const treeCare = expect.objectContaining({ slug: "tree-care" });

describe("a key that was read before is read again after a change made in SQL:", () => {
  const changes: Record<string, [sql: string, what: (key: unknown) => void]> = {
    "another expiration": [
      "update api_keys set expiration = '2026-02-01T00:00:00Z' where key_id = $1",
      (key) => expect(key).toMatchObject({ expiration: new Date("2026-02-01T00:00:00Z") }),
    ],
    "its end": [
      "update api_keys set retired_at = now(), retired_by = 'ada' where key_id = $1",
      (key) => expect(key).toMatchObject({ isRetired: true }),
    ],
    "fewer subnets": [
      "update api_keys set subnets = '{10.0.0.0/8}' where key_id = $1",
      (key) => expect(key).toMatchObject({ subnets: [{ text: "10.0.0.0/8" }] }),
    ],
    "another hash": [
      "update api_keys set secret_hash = 'other', salt_id = 'another' where key_id = $1",
      (key) => expect(key).toMatchObject({ secretHash: "other", saltId: "another" }),
    ],
    "fewer grants": [
      `delete from grants using api_keys, programs where api_key_id = api_keys.id and key_id = $1
       and program_id = programs.id and slug = 'tree-planting'`,
      (key) => expect(key).toMatchObject({ grants: [{ slug: "snow-removal" }] }),
    ],
    "another slug of a program": [
      `update programs set slug = 'tree-care' where slug = 'tree-planting' and exists (
       select from grants join api_keys k on k.id = api_key_id
       where key_id = $1 and program_id = programs.id)`,
      (key) => expect(key).toMatchObject({ grants: expect.arrayContaining([treeCare]) }),
    ],
  };
  for (const [name, [sql, expectChanged]] of Object.entries(changes)) {
    test(name, async () => {
      const { keyId, read } = await makeReadKey();
      await app.database.client.unsafe(sql, [keyId]);
      expectChanged(await read());
      await app.database.client`update programs set slug = 'tree-planting' where slug = 'tree-care'`;
    });
  }
});

test("a change is seen once it is committed, and not before", async () => {
  const { keyId, read } = await makeReadKey();
  const { client } = app.database;
  await client.begin(async (sql) => {
    await sql`update api_keys set retired_at = now(), retired_by = 'ada' where key_id = ${keyId}`;
    expect((await read())?.isRetired).toBeFalse();
  });
  expect((await read())?.isRetired).toBeTrue();
});

test("every change to a key changes its change ID, even when the statement sets the old one", async () => {
  const { keyId } = await makeReadKey();
  const idOf = async () => {
    const [row] = await app.database.client`select change_id from api_keys where key_id = ${keyId}`;
    return row?.change_id;
  };
  const before = await idOf();
  await app.database.client`
    update api_keys set note = 'changed', change_id = ${before} where key_id = ${keyId}`;
  expect(await idOf()).not.toBe(before);
});

test("a subnet that cannot be parsed admits nobody, and is reported apart from the others", async () => {
  const other = await startTestApp({ assets: noAssets });
  await makeProgram(other);
  const { keyId } = await makeKey(other, { subnet: "10.0.0.0/8" });
  // Only a database of another kind could hold such a thing.
  await other.database.client.unsafe(`
    alter table api_keys disable trigger user;
    alter table api_keys drop constraint api_keys_subnets_not_null;
    alter table api_keys alter column subnets type text[];
    update api_keys set subnets = '{10.0.0.0/8,nonsense}'`);
  const key = (await createKeyReader(other.database.client)([keyId])).get(keyId);
  expect(key?.subnets.map(({ text }) => text)).toEqual(["10.0.0.0/8"]);
  expect(key?.unreadableSubnets).toEqual(["nonsense"]);
  await other.close();
});
