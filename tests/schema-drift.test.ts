import { expect, test } from "bun:test";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { generateDrizzleJson, generateMigration } from "drizzle-kit/api";
import { is } from "drizzle-orm";
import { isPgSequence, PgTable } from "drizzle-orm/pg-core";
import * as schema from "../src/db/schema.ts";

const folder = join(import.meta.dir, "../src/db");

test("the migrations produce exactly the schema: nothing is left to generate", async () => {
  const meta = join(folder, "migrations/meta");
  const snapshots = (await readdir(meta)).filter((name) => name.endsWith("_snapshot.json"));
  const newest = await Bun.file(join(meta, snapshots.toSorted().at(-1) ?? "")).json();
  const statements = await generateMigration(newest, generateDrizzleJson(schema, newest.id));
  expect(statements).toEqual([]);
});

test("the schema exports every table and sequence in its folder, so the migrations include them all", async () => {
  const files = await readdir(join(folder, "schema"));
  const modules = await Promise.all(files.map((file) => import(join(folder, "schema", file))));
  const made = modules
    .flatMap((module) => Object.entries(module))
    .filter(([, value]) => is(value, PgTable) || isPgSequence(value))
    .map(([name]) => name);
  expect(made.length).toBeGreaterThan(0);
  expect(Object.keys(schema).toSorted()).toEqual(made.toSorted());
});
