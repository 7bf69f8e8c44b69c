import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { areHeadsIn, checkHeads, renderHeadsIn } from "../../../../src/domain/applications/stored/all-heads.ts";
import { openEmptyDatabase, openTestDatabase, type TestDatabase } from "../../../support/database.ts";
import { importInto, makeRecord, publishExport } from "../../../support/imports.ts";
import { listAll } from "../../../support/listing.ts";

const awkward = 'a "quoted" \\ text\n\t\b\f\r\u0001\u007f\u0085\u2028\u2029 with é and 😀';
let database: TestDatabase;
beforeAll(async () => {
  database = await openTestDatabase();
  await publishExport(database.db, { adminName: "heads" });
});
afterAll(() => database.close());

const renderIn = (zone: string, signal = new AbortController().signal) =>
  renderHeadsIn(database.db, { zone, signal, onProgress: () => {} });

describe("another zone", () => {
  test("has every head rendered anew, also after somebody stopped half-way, and none changes by that", async () => {
    const records = Array.from({ length: 1200 }, (_, index) =>
      makeRecord(index + 1, { status: awkward, application_note: "", extra: [1.0] }),
    );
    await importInto(database.db, "heads", records);
    const modified = () =>
      database.client`select max(modification_id) as newest from applications`.then(([row]) => row);
    const before = await modified();
    const stopped = new AbortController();
    const stopping = renderHeadsIn(database.db, {
      zone: "Asia/Kolkata",
      signal: stopped.signal,
      onProgress: () => stopped.abort(),
    });
    await expect(stopping).rejects.toThrow();
    expect(await areHeadsIn(database.db, "Asia/Kolkata")).toBeFalse();
    await renderIn("Asia/Kolkata");
    expect(await areHeadsIn(database.db, "Asia/Kolkata")).toBeTrue();
    const served = await listAll(database.db, "heads", { limit: 5000 });
    expect(served).toHaveLength(1200);
    expect(served.filter((text) => text.includes('T00:00:00+05:30"'))).toHaveLength(1200);
    expect(await checkHeads(database.db)).toEqual({ checked: 1200, wrong: [] });
    expect(await modified()).toEqual(before);
  });

  test("is what the next import renders in", async () => {
    await renderIn("Asia/Kathmandu");
    await importInto(database.db, "heads", [makeRecord(5000)]);
    expect((await listAll(database.db, "heads"))[0]).toContain("+05:45");
    expect((await checkHeads(database.db)).wrong).toEqual([]);
  });
});

test("an import that keeps what is final renders what it keeps", async () => {
  const record = makeRecord(7001, { status: "In review" });
  const other = makeRecord(7002, { status: "In review" });
  await importInto(database.db, "heads", [{ ...record, revision_state: "OBSOLETE" }, other]);
  await database.client`update applications set status_set_here = true,
    status_last_modified_time = now() where application_id = 7002`;
  await database.client`update applications set status_last_modified_time = now(),
    head = head where application_id = 7002`;
  await renderIn("UTC");
  const changed = [record, other].map((each) => ({ ...each, status: "Denied", language: "es" }));
  expect(await importInto(database.db, "heads", [...changed, ...changed])).toMatchObject({
    updated: 2,
    unchanged: 2,
  });
  const served = (await listAll(database.db, "heads")).map((text) => JSON.parse(text));
  expect(served.filter(({ application_id: id }) => id === 7001 || id === 7002)).toMatchObject([
    { application_id: 7002, revision_state: "CURRENT", status: "In review", language: "es" },
    { application_id: 7001, revision_state: "OBSOLETE", status: "Denied", language: "es" },
  ]);
  expect((await checkHeads(database.db)).wrong).toEqual([]);
});

test("a head that is not what its columns say is found", async () => {
  await importInto(database.db, "heads", [makeRecord(8001)]);
  await database.client`update applications set language = 'fr' where application_id = 8001`;
  expect((await checkHeads(database.db)).wrong).toMatchObject([{ applicationId: "8001" }]);
  await database.client`update applications set language = null where application_id = 8001`;
});

/** Migrates two applications, one of them submitted at that time, in the zone of St. John's. */
async function migrateHeads({ client }: TestDatabase, submitTime: string): Promise<void> {
  const folder = join(import.meta.dir, "../../../../src/db/migrations");
  const files = (await readdir(folder)).filter((name) => name.endsWith(".sql")).toSorted();
  const migrating = files.findIndex((name) => name.includes("stored_heads"));
  await client.begin(async (tx) => {
    const run = async (names: readonly string[]) => {
      for (const name of names) {
        const text = await Bun.file(join(folder, name)).text();
        for (const statement of text.split("--> statement-breakpoint")) await tx.unsafe(statement);
      }
    };
    await run(files.slice(0, migrating));
    await tx`insert into programs (slug, admin_name, name, program_type, created_at)
      values ('p', ${awkward}, 'P', 'DEFAULT', now())`;
    await tx`insert into application_shapes (program_id, completed_by, question_keys, digest)
      values (1, 'import', '{}', '')`;
    await tx`insert into applications (program_id, application_id, applicant_id, shape_id, create_time,
        submit_time, revision_state, answers)
      values (1, 1, -1, 1, '2026-07-01 12:00:00.5Z', ${submitTime}, 'CURRENT', '{}')`;
    await tx`insert into applications (program_id, application_id, applicant_id, program_version_id,
        shape_id, create_time, submit_time, language, revision_state, status, status_last_modified_time,
        application_note, submitter_type, ti_email, ti_organization, extra_fields, answers)
      values (1, 9223372036854775807, 2, 3, 1, '1973-11-18 12:00:00Z', '2026-01-01 00:00:00.001Z', 'en',
        'OBSOLETE', ${awkward}, '9999-12-30 00:00:00Z', ${awkward}, ${awkward}, '', ' ', '{"x":1.0}',
        ${`{"a":"\u2028"}`})`;
    await tx`select set_config('civikey.time_zone', 'America/St_Johns', true)`;
    await run(files.slice(migrating));
  });
}

test("the migration renders heads as they are rendered ever after, in the zone that it is told", async () => {
  const migrated = await openEmptyDatabase();
  const { client, db, close } = migrated;
  await migrateHeads(migrated, "1973-01-02 00:00:00.123456Z");
  expect(await checkHeads(db)).toEqual({ checked: 2, wrong: [] });
  const [state] = await client`select zone, is_complete from application_heads`;
  expect(state).toEqual({ zone: "America/St_Johns", is_complete: true });
  const rows = await client`select answers from applications order by application_id`;
  expect([...rows]).toEqual([{ answers: "{}" }, { answers: String.raw`{"a":"\u2028"}` }]);
  await close();
});

test("the migration leaves all heads to the start of the server when one has a time before standard time", async () => {
  const migrated = await openEmptyDatabase();
  await migrateHeads(migrated, "0001-01-02 00:00:00.123456Z");
  const zone = "America/St_Johns";
  expect(await areHeadsIn(migrated.db, zone)).toBeFalse();
  await renderHeadsIn(migrated.db, { zone, signal: new AbortController().signal, onProgress: () => {} });
  expect(await checkHeads(migrated.db)).toEqual({ checked: 2, wrong: [] });
  await migrated.close();
});
