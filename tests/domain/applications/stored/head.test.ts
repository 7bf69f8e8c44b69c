import { expect, test } from "bun:test";
import fc from "fast-check";
import { openTestDatabase } from "../../../support/database.ts";
import { importInto, makeRecord, publishExport } from "../../../support/imports.ts";
import { listAll } from "../../../support/listing.ts";

test("a head says what was stored, whatever the texts among them hold", async () => {
  const database = await openTestDatabase();
  const slug = "made-up";
  await publishExport(database.db, { adminName: slug });
  const awkward = fc.string({
    unit: fc.constantFrom(...'0123456789,:"\\{}\n\t\x01é日😀\ufeff '),
    maxLength: 12,
  });
  const text = fc.oneof(fc.constant(null), fc.constantFrom("5:en-US", ",,,", "1:2,"), awkward);
  const time = fc.integer({ min: 0, max: 4e12 }).map((ms) => new Date(ms).toISOString());
  const id = fc.bigInt({ min: -(2n ** 53n) + 1n, max: 2n ** 53n - 1n }).map(Number);
  const fields = fc.record({
    applicant_id: id,
    create_time: time,
    submit_time: time,
    program_version_id: fc.option(fc.constantFrom(1, 7, 123456789012)),
    revision_state: fc.constantFrom("CURRENT", "OBSOLETE"),
    status_last_modified_time: fc.option(time),
    language: text,
    status: text,
    submitter_type: text,
    ti_email: text,
    ti_organization: text,
    application_note: text,
  });
  const records = fc
    .sample(fields, 400)
    // As they come in lists: many rows in a row that have most in common.
    .flatMap((each) => [each, { ...each, applicant_id: 5 }])
    .map((each, index) => makeRecord(index + 1, each));
  await importInto(database.db, slug, records);
  const served = (await listAll(database.db, slug)).map((each) =>
    JSON.parse(each, (name, value) => (name.endsWith("_time") && value !== null ? Date.parse(value) : value)),
  );
  const expected = records.toReversed().map((record) => ({
    ...record,
    program_name: slug,
    application: served[0].application,
    ...Object.fromEntries(
      Object.entries(record).flatMap(([name, value]) => {
        // No text is the same as an empty one.
        if (typeof value !== "string") return [];
        return [[name, name.endsWith("_time") ? Date.parse(value) : value || null]];
      }),
    ),
  }));
  expect(served).toEqual(expected);
  await database.close();
}, 30_000);
