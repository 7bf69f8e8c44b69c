/** What an import comes to, whether its applications went straight in or met others. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import fc from "fast-check";
import { type ApplicationImport, importApplications } from "../../../../src/domain/applications/imports/import.ts";
import { openTestDatabase, type TestDatabase } from "../../../support/database.ts";
import { freshProgram, importedAt, importInto, makeRecord, operator } from "../../../support/imports.ts";
import { listAll } from "../../../support/listing.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.close());

interface Kept {
  readonly status: string;
  readonly question: string;
  readonly revisionState: "CURRENT" | "OBSOLETE";
}
interface Row extends Kept {
  readonly id: number;
}
type Store = ReadonlyMap<number, Kept>;

const row: fc.Arbitrary<Omit<Row, "id">> = fc.record({
  status: fc.constantFrom("Open", "Closed", "Late"),
  question: fc.constantFrom("a", "b"),
  revisionState: fc.constantFrom("CURRENT", "CURRENT", "CURRENT", "OBSOLETE"),
});
/** Ids that rise or fall, and perhaps come again, or come in places where they break the order. */
const file: fc.Arbitrary<Row[]> = fc
  .record({
    ids: fc.uniqueArray(fc.integer({ min: 1, max: 30 }), { maxLength: 25 }),
    falls: fc.boolean(),
    breaks: fc.array(fc.tuple(fc.nat(30), fc.integer({ min: 1, max: 30 })), { maxLength: 1 }),
    repeats: fc.array(fc.tuple(fc.nat(30), fc.nat(10)), { maxLength: 4 }),
    keepsOrder: fc.boolean(),
    rows: fc.array(row, { minLength: 30, maxLength: 30 }),
  })
  .map(({ ids, falls, breaks, repeats, keepsOrder, rows }) => {
    const ordered = ids.toSorted((a, b) => (falls ? b - a : a - b));
    if (!keepsOrder) {
      for (const [at, id] of breaks) ordered.splice(at, 0, id);
      for (const [at, index] of repeats) ordered.splice(at, 0, ...ordered.slice(index, index + 1));
    }
    return ordered.flatMap((id, index) => ({ id, ...(rows[index] ?? []) }) as Row);
  });

/** The rules in their plainest form: the last of an id counts, OBSOLETE is final, and only what differs is written. */
function importedInto(store: Store, rows: readonly Row[]) {
  const last = new Map<number, Kept>();
  for (const { id, ...each } of rows) {
    const isObsolete = last.get(id)?.revisionState === "OBSOLETE";
    last.set(id, isObsolete ? { ...each, revisionState: "OBSOLETE" } : each);
  }
  const after = new Map(store);
  const changes: string[] = [];
  let inserted = 0;
  let updated = 0;
  for (const [id, given] of last) {
    const before = store.get(id);
    const isObsolete = before?.revisionState === "OBSOLETE";
    const kept: Kept = isObsolete ? { ...given, revisionState: "OBSOLETE" } : given;
    after.set(id, kept);
    if (before === undefined) inserted += 1;
    else if (!Bun.deepEquals(before, kept)) updated += 1;
    if (before !== undefined && before.status !== kept.status) {
      changes.push(`${id}: ${before.status} to ${kept.status}`);
    }
  }
  const read = rows.length;
  const unchanged = read - inserted - updated;
  return { after, changes, counts: { read, inserted, updated, unchanged, rejected: 0, erased: 0 } };
}

const recordOf = ({ id, status, question, revisionState }: Row) =>
  makeRecord(id, {
    status,
    revision_state: revisionState,
    application: { [question]: { question_type: "TEXT", text: "x" } },
  });

async function storeOf(slug: string): Promise<Store> {
  const records = (await listAll(database.db, slug)).map((text) => JSON.parse(text));
  return new Map(
    records.map((each) => [
      each.application_id,
      {
        status: each.status,
        question: Object.keys(each.application)[0] ?? "",
        revisionState: each.revision_state,
      },
    ]),
  );
}

async function changesOf(slug: string): Promise<string[]> {
  const rows = await database.client`
    select application_id, previous_status, changes.status
    from status_changes changes join programs on programs.id = program_id where slug = ${slug}`;
  return rows.map((each) => `${each.application_id}: ${each.previous_status} to ${each.status}`);
}

test("imports follow the rules for files in any order, with repeated and with stored ids", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(file, { minLength: 1, maxLength: 3 }),
      fc.constantFrom(1, 1_000, 3_000, 512 * 1024),
      async (files, batchLength) => {
        const slug = await freshProgram(database.db);
        let store: Store = new Map();
        const changes: string[] = [];
        for (const rows of files) {
          const expected = importedInto(store, rows);
          changes.push(...expected.changes);
          store = expected.after;
          const records = rows.map(recordOf);
          expect(await importInto(database.db, slug, records, { batchLength })).toEqual(expected.counts);
          expect(await storeOf(slug)).toEqual(store);
        }
        expect((await changesOf(slug)).toSorted()).toEqual(changes.toSorted());
      },
    ),
    { numRuns: 12 },
  );
});

/** Imports applications 1 to 6 one by one; `meanwhile` runs when the first five are in. */
function importSix(slug: string, meanwhile: () => Promise<void>): Promise<ApplicationImport> {
  async function* source() {
    for (let id = 1; id <= 6; id += 1) {
      if (id === 6) await meanwhile();
      yield new TextEncoder().encode(`${JSON.stringify(makeRecord(id))}\n`);
    }
  }
  return importApplications(database.db, {
    ...{ slug, source: source(), name: "six", skipInvalid: false, batchLength: 1 },
    ...{ actor: operator, now: importedAt },
  });
}

const counts = (read: number, inserted: number, unchanged: number) => ({
  ...{ read, inserted, updated: 0, unchanged, rejected: 0, erased: 0 },
});

test("two imports of the same applications at once store each of them once", async () => {
  const slug = await freshProgram(database.db);
  const records = [1, 2, 3, 4, 5, 6, 7].map((id) => makeRecord(id));
  let second: Promise<ApplicationImport> | undefined;
  const first = await importSix(slug, async () => {
    second = importInto(database.db, slug, records);
    await second;
  });
  expect(first).toEqual(counts(6, 0, 6));
  expect(await second).toEqual(counts(7, 7, 0));
  expect((await storeOf(slug)).size).toBe(7);
});

test("an unfinished import is invisible, and nobody waits for it", async () => {
  const slug = await freshProgram(database.db);
  await importInto(database.db, slug, [makeRecord(100)]);
  await importSix(slug, async () => {
    expect([...(await storeOf(slug)).keys()]).toEqual([100]);
    await database.client`
      update applications set status = 'Set meanwhile' where program_id =
        (select id from programs where slug = ${slug})`;
    await database.client`
      insert into applications
        (program_id, application_id, applicant_id, shape_id, create_time, submit_time, revision_state, head, answers)
      select program_id, 101, applicant_id, shape_id, create_time, submit_time, revision_state,
        replace(head, '"application_id":100,', '"application_id":101,'), answers
      from applications where program_id = (select id from programs where slug = ${slug})`;
  });
  expect((await storeOf(slug)).size).toBe(8);
});

test("an id that is taken meanwhile is a conflict that reveals nothing of the record and changes nothing", async () => {
  const slug = await freshProgram(database.db);
  await importInto(database.db, slug, [makeRecord(100)]);
  const note = "something personal";
  let failure: Promise<unknown> | undefined;
  await database.db.transaction(async (tx) => {
    await tx.execute(`
      insert into applications
        (program_id, application_id, applicant_id, shape_id, create_time, submit_time, revision_state, head, answers)
      select program_id, 6, applicant_id, shape_id, create_time, submit_time, revision_state,
        replace(head, '"application_id":100,', '"application_id":6,'), answers
      from applications where program_id = (select id from programs where slug = '${slug}')`);
    const records = [4, 5, 6].map((id) => makeRecord(id, { application_note: note, status: note }));
    const importing = importInto(database.db, slug, records, { batchLength: 1 });
    failure = importing.catch((error) => error);
    const waits = () => database.client`
      select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
    while ((await waits()).length === 0) await Bun.sleep(5);
  });
  const error = await failure;
  expect(error).toMatchObject({ code: "conflict", cause: { code: "23505" } });
  expect(Bun.inspect(error)).not.toContain(note);
  expect([...(await storeOf(slug)).keys()]).toEqual([100, 6]);
});
