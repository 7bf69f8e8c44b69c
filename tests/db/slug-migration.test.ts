import { afterAll, beforeAll, expect, test } from "bun:test";
import { join } from "node:path";
import { readMigrationFiles } from "drizzle-orm/migrator";
import { slugOf } from "../../src/lib/slug.ts";
import { openEmptyDatabase, type TestDatabase } from "../support/database.ts";

const migrations = readMigrationFiles({
  migrationsFolder: join(import.meta.dir, "../../src/db/migrations"),
}).map(({ sql }) => sql);
const change = migrations.findIndex((sql) => sql.some((text) => text.includes("slug_changed")));

let database: TestDatabase;
beforeAll(async () => {
  database = await openEmptyDatabase();
  await apply(migrations.slice(0, change));
});
afterAll(() => database.close());

async function apply(files: readonly (readonly string[])[]): Promise<void> {
  for (const statement of files.flat()) await database.client.unsafe(statement);
}

/** What earlier releases made of an admin name. */
const oldSlugOf = (adminName: string) => adminName.toLowerCase().replace(/[^a-z0-9]+/g, "-");

test("programs get CiviForm's slugs, each with an audit event; where two would collide the old one stays", async () => {
  const alone = [
    "utility-discount",
    "Preschool Aid Program (DEPT)",
    "Asistencia a Niños",
    "rent_help_2024",
    "ISTANBUL ﬁne ½ İ K\u00a0",
    "日本 x 2",
  ];
  const colliding = ["Taken", "Taken!", "(First) come", "(First) come?"];
  for (const adminName of [...alone, ...colliding]) {
    await database.client`insert into programs (slug, admin_name, name, program_type, created_at)
      values (${oldSlugOf(adminName)}, ${adminName}, ${adminName}, 'DEFAULT', now())`;
  }
  await apply(migrations.slice(change));

  const rows = await database.client`select admin_name, slug from programs`;
  const slugs = Object.fromEntries(rows.map(({ admin_name, slug }) => [admin_name, slug]));
  expect(slugs).toEqual({
    ...Object.fromEntries(alone.map((adminName) => [adminName, slugOf(adminName)])),
    Taken: "taken",
    "Taken!": "taken-",
    "(First) come": "first-come",
    "(First) come?": "-first-come-",
  });
  const events = await database.client`
    select admin_name, action, actor, details from audit_events
    join programs on programs.id = program_id order by audit_events.id`;
  const changed = [...alone.filter((name) => slugOf(name) !== oldSlugOf(name)), "(First) come"];
  expect(events.filter(({ action }) => action === "program.slug_changed")).toEqual(
    changed.map((name) => ({
      admin_name: name,
      action: "program.slug_changed",
      actor: "upgrade",
      details: { before: { slug: oldSlugOf(name) }, after: { slug: slugOf(name) } },
    })),
  );
  const kept = events.filter(({ action }) => action === "program.slug_kept");
  expect(kept.map(({ details }) => details)).toEqual([
    { slug: "taken-", wanted: "taken", takenBy: "Taken" },
    { slug: "-first-come-", wanted: "first-come", takenBy: "(First) come" },
  ]);
});
