import { expect, test } from "bun:test";
import { migrateDatabase, UnfitDatabaseError } from "../../src/db/migrate.ts";
import { openEmptyDatabase } from "../support/database.ts";

test("a database that is not in UTF-8 is refused, and nothing is made in it", async () => {
  const { client, close, target } = await openEmptyDatabase("encoding 'LATIN1' locale 'C'");
  await expect(migrateDatabase(target)).rejects.toThrow(
    new UnfitDatabaseError("The database is in LATIN1. CiviKey needs one that was made with ENCODING 'UTF8'."),
  );
  expect([...(await client`select from pg_tables where schemaname = 'public'`)]).toEqual([]);
  await close();
});
