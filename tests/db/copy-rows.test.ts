import { afterAll, beforeAll, beforeEach, expect, test } from "bun:test";
import fc from "fast-check";
import type { Database } from "../../src/db/client.ts";
import { createCopy } from "../../src/db/copy-rows.ts";
import { writeCopyRow } from "../../src/db/copy-text.ts";
import { runSql } from "../../src/db/run-sql.ts";
import { isDatabaseUnavailable } from "../../src/lib/errors.ts";
import { openTestDatabase, type TestDatabase } from "../support/database.ts";

let database: TestDatabase;
const notes = { table: "notes", columns: ["number", "note"] };

beforeAll(async () => {
  database = await openTestDatabase({ connectionsMax: 1 });
  await database.client.unsafe("create table notes (number int primary key, note text)");
});
beforeEach(async () => {
  await database.client.unsafe("truncate notes");
});
afterAll(() => database.close());

const write = (rows: readonly Parameters<typeof writeCopyRow>[0][]) => Buffer.from(rows.map(writeCopyRow).join(""));
const copyRows = async (db: Database, rows: Uint8Array) => {
  const copy = createCopy(db, notes);
  await copy.add(rows);
  await copy.end();
};
const read = () => database.client<{ note: string | null }[]>`select note from notes order by number`;

test("every text that PostgreSQL can keep comes back as it was, and null is null", async () => {
  const awkward = fc.string({ unit: fc.constantFrom(..."\\\t\n\r\b\f\v.N'\"{}$é😀a") });
  const text = fc.oneof(awkward, fc.constantFrom("\\N", "\\.", "", "\\\\n", "$&"));
  await fc.assert(
    fc.asyncProperty(fc.array(fc.option(text), { maxLength: 30 }), async (given) => {
      await database.client.unsafe("truncate notes");
      await copyRows(database.db, write(given.map((note, index) => [index, note])));
      expect((await read()).map(({ note }) => note)).toEqual(given);
    }),
    { numRuns: 100 },
  );
});

test("the transaction can be asked again at the end, and more rows copied after that", async () => {
  const counts = await database.db.transaction(async (tx) => {
    const copy = createCopy(tx, notes);
    const count = () => runSql<{ notes: string }>(tx, "select count(*) as notes from notes");
    for (const number of [1, 2]) await copy.add(write([[number, ""]]));
    await copy.end();
    await copy.end();
    const first = await count();
    await copy.add(write([[3, ""]]));
    await copy.end();
    return [...first, ...(await count())];
  });
  expect(counts).toEqual([{ notes: "2" }, { notes: "3" }]);
});

test("what is larger than any buffer arrives whole", async () => {
  const long = "x".repeat(5_000_000);
  await copyRows(
    database.db,
    write([
      [1, long],
      [2, "short"],
    ]),
  );
  expect((await read()).map(({ note }) => note?.length)).toEqual([long.length, 5]);
});

test("a row that is refused is an error, keeps nothing, and leaves the connection as it was", async () => {
  for (const rows of [
    [
      [1, "a"],
      [1, "b"],
    ],
    [["x", "no number"]],
    [["x", "y".repeat(5_000_000)]],
    [[1, "too", "many"]],
  ]) {
    const failure = await copyRows(database.db, write(rows)).catch((error) => error);
    expect(failure).toMatchObject({ name: "PostgresError" });
    expect(isDatabaseUnavailable(failure)).toBe(false);
    expect(await read()).toHaveLength(0);
  }
});

test("a connection that breaks meanwhile is an error, and the next one works", async () => {
  const { client, db, close } = await openTestDatabase({ connectionsMax: 2 });
  await client.unsafe("create table notes (number int primary key, note text)");
  const outcome = db.transaction(async (tx) => {
    const [backend] = await runSql<{ pid: number }>(tx, "select pg_backend_pid() as pid");
    const copying = copyRows(tx, write([[1, "y".repeat(30_000_000)]]));
    await client`select pg_terminate_backend(${backend?.pid ?? 0})`;
    await copying;
  });
  const failure = await outcome.catch((error) => error);
  expect(isDatabaseUnavailable(failure)).toBe(true);
  expect(await client`select from notes`).toHaveLength(0);
  await close();
});
