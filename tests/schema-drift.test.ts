import { expect, test } from "bun:test";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { generateDrizzleJson, generateMigration } from "drizzle-kit/api";
import * as schema from "../src/db/schema.ts";

test("the migrations make exactly the schema: nothing is left to generate", async () => {
  const meta = join(import.meta.dir, "../src/db/migrations/meta");
  const snapshots = (await readdir(meta)).filter((name) => name.endsWith("_snapshot.json"));
  const newest = await Bun.file(join(meta, snapshots.toSorted().at(-1) ?? "")).json();
  const statements = await generateMigration(newest, generateDrizzleJson(schema, newest.id));
  expect(statements).toEqual([]);
});
