import { expect, test } from "bun:test";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { openEmptyDatabase, openTestDatabase } from "../support/database.ts";

const folder = join(import.meta.dir, "../../src/db/migrations");
const all = (await readdir(folder)).filter((name) => name.endsWith(".sql")).toSorted();
const first = all.findIndex((name) => name.endsWith("_changes_submissions_syncs.sql"));
const next = first + 1;

test("its migrations write no application anew, and count all that are there as modified now", async () => {
  const { client, close } = await openEmptyDatabase();
  const run = async (names: string[]) => {
    for (const name of names) {
      const text = await Bun.file(join(folder, name)).text();
      for (const statement of text.split("--> statement-breakpoint")) {
        await client.unsafe(statement);
      }
    }
  };
  await run(all.slice(0, first));
  await client.unsafe(`
    insert into programs (slug, admin_name, name, program_type, created_at)
      values ('p', 'p', 'P', 'DEFAULT', now());
    insert into application_shapes (program_id, completed_by, question_keys, digest)
      values (1, 'import', '{}', '');
    insert into applications (program_id, application_id, applicant_id, shape_id, create_time,
      submit_time, revision_state, status, answers)
      values (1, 7, 7, 1, now(), now(), 'CURRENT', 'Approved', '{}')`);
  const where = () => client`select pg_relation_filenode('applications') as file, xmin, ctid
    from applications`;
  const before = await where();
  const [started] = await client`select now() as at`;
  await run(all.slice(first, next));
  expect(await where()).toEqual(before);
  await run(all.slice(next));
  const rows = await client`select application_id, modification_id, status_set_here, at >= ${started?.at} as is_now
    from applications join modifications on modifications.id = modification_id`;
  expect([...rows]).toEqual([{ application_id: "7", modification_id: "0", status_set_here: false, is_now: true }]);
  // And from now on its changes are noted.
  await client`update applications set status = 'Denied'`;
  const [changed] = await client`select modification_id > 0 as is_noted from applications`;
  expect(changed?.is_noted).toBe(true);
  expect((await client`select status, previous_status from status_changes`)[0]).toEqual({
    status: "Denied",
    previous_status: "Approved",
  });
  await close();
});

test("a savepoint that is gone back to leaves nothing that a later change relies on", async () => {
  const { client, close } = await openTestDatabase();
  await client.unsafe(`
    insert into programs (slug, admin_name, name, program_type, created_at)
      values ('p', 'p', 'P', 'DEFAULT', now()), ('q', 'q', 'Q', 'DEFAULT', now());
    insert into application_shapes (program_id, completed_by, question_keys, digest)
      values (1, 'import', '{}', ''), (2, 'import', '{}', '')`);
  const insert = (program: number, id: number) => `
    insert into applications (program_id, application_id, applicant_id, shape_id, create_time,
      submit_time, revision_state, head, answers)
    values (${program}, ${id}, ${id}, ${program}, now(), now(), 'CURRENT', '{', '{}')`;
  await client.begin(async (tx) => {
    const goneBack = tx.savepoint(async (inner) => {
      await inner.unsafe(insert(1, 1));
      throw new Error("gone back");
    });
    await goneBack.catch(() => {});
    await tx.unsafe(insert(1, 2));
    await tx.unsafe(insert(2, 3));
    await tx.unsafe(insert(1, 4));
  });
  const rows = await client`
    select modifications.program_id, array_agg(application_id order by application_id)::text as ids,
      bool_and(at <= clock_timestamp()) as has_time
    from modifications join applications on applications.program_id = modifications.program_id
      and modification_id = modifications.id
    group by 1 order by 1`;
  expect([...rows]).toEqual([
    { program_id: "1", ids: "{2,4}", has_time: true },
    { program_id: "2", ids: "{3}", has_time: true },
  ]);
  const [count] = await client`select count(*)::int as number from modifications`;
  expect(count?.number).toBe(2);
  await close();
});

test("the trigger names every column but what we keep for ourselves", async () => {
  const { client, close } = await openTestDatabase();
  const [trigger] = await client<{ text: string }[]>`
    select pg_get_triggerdef(oid) as text from pg_trigger where tgname = 'applications_note_change'`;
  const columns = await client<{ name: string }[]>`
    select attname as name from pg_attribute
    where attrelid = 'applications'::regclass and attnum > 0 and not attisdropped`;
  const isCompared = (row: string, name: string) => new RegExp(`\\b${row}\\.${name}\\b`, "i").test(trigger?.text ?? "");
  const named = columns.filter(({ name }) => isCompared("old", name) && isCompared("new", name));
  const ownNames = ["status_set_here", "modification_id", "submitted_by_key_id", "head"];
  const namesOf = (list: readonly { name: string }[]) => list.map(({ name }) => name).toSorted();
  expect(namesOf(named)).toEqual(namesOf(columns.filter(({ name }) => !ownNames.includes(name))));
  await close();
});
