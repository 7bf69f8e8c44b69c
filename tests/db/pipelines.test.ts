import { afterAll, expect, test } from "bun:test";
import { connect } from "../../src/db/client.ts";
import { openTestDatabase } from "../support/database.ts";

const database = await openTestDatabase();
afterAll(() => database.close());
await database.client`create table probes (number int)`;

const connectOnce = () => connect(database.target, { connectionsMax: 1 });

test.each([
  ["after its first rows", "select 10 / (5 - i) as x, $1::int as y from generate_series(1, 10) i"],
  ["before any row", "select 1 / 0 as x, $1::int as y"],
  [
    "after more rows than fit in a packet",
    "select 10 / (900 - i) as x, repeat('z', 900 + $1::int) as pad from generate_series(1, 999) i",
  ],
])("a statement that fails %s adds nothing to the results after it", async (_when, failing) => {
  const { client: sql, close } = connectOnce();
  const failed = sql
    .unsafe(failing, [1], { prepare: true })
    .execute()
    .catch((error) => error.code);
  const next = sql.unsafe("select i from generate_series(1, $1::int) i", [2], { prepare: true }).execute();
  expect(await failed).toBe("22012");
  expect((await next).map(({ i }) => i)).toEqual([1, 2]);
  expect(await sql`select 3 as i`).toHaveLength(1);
  await close();
});

// The driver sends up to 100 statements ahead: the transaction begins before, at and after that.
test.each([97, 98, 99, 100, 101, 102, 103, 110])(
  "behind %d waiting statements a transaction is one, and what is acknowledged after it is stored",
  async (waiting) => {
    const { client: sql, close } = connectOnce();
    await sql`truncate probes`;
    const statements = Array.from({ length: waiting }, (_, number) =>
      sql.unsafe("select $1::int as number", [number], { prepare: true }).execute(),
    );
    const undone = sql
      .begin(async (tx) => {
        await tx`insert into probes values (-1)`;
        throw new Error("undo");
      })
      .catch((error) => error.message);
    const later = Array.from({ length: 5 }, (_, number) =>
      sql.unsafe("insert into probes values ($1)", [number], { prepare: true }).execute(),
    );
    const answers = await Promise.all(statements);
    expect(answers.map(([row]) => row?.number)).toEqual(statements.map((_, number) => number));
    expect(await undone).toBe("undo");
    await Promise.all(later);
    // Seen from another connection: nothing is left inside a transaction.
    const stored = await database.client`select number from probes order by number`;
    expect(stored.map(({ number }) => number)).toEqual([0, 1, 2, 3, 4]);
    await close();
  },
  10_000,
);
