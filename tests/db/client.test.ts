import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { connect } from "../../src/db/client.ts";
import { openTestDatabase, type TestDatabase, urlOf } from "../support/database.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.close());

const timeouts = { statementSeconds: 1, idleInTransactionSeconds: 1 };
const codeOf = (error: unknown) => (error instanceof Error && "code" in error ? error.code : null);

describe("a pool with time-outs", () => {
  test("has a statement ended that takes too long, a wait for a lock included, and goes on", async () => {
    const { client, close } = connect(database.target, { connectionsMax: 2, timeouts });
    const slow = client`select pg_sleep(30)`.catch(codeOf);
    const blocked = database.client.begin(async (tx) => {
      await tx`lock table programs in access exclusive mode`;
      return client`select * from programs`.catch(codeOf);
    });
    expect(await Promise.all([slow, blocked])).toEqual(["57014", "57014"]);
    expect([...(await client`select 1 as one`)]).toEqual([{ one: 1 }]);
    await close();
  });

  test("has a transaction ended in which nothing happens: it holds no lock for ever", async () => {
    const { client, close } = connect(database.target, { connectionsMax: 1, timeouts });
    const forgotten = client.begin(async (tx) => {
      await tx`lock table programs in access exclusive mode`;
      await Bun.sleep(2_000);
      await tx`select 1`;
    });
    await expect(forgotten).rejects.toThrow();
    expect([...(await database.client`select id from programs`)]).toEqual([]);
    expect([...(await client`select 1 as one`)]).toEqual([{ one: 1 }]);
    await close();
  });
});

test("a pool without time-outs has none: imports and migrations take as long as they need", async () => {
  const [row] = await database.client`
    select current_setting('statement_timeout') as statement,
      current_setting('idle_in_transaction_session_timeout') as idle`;
  expect(row).toMatchObject({ statement: "0", idle: "0" });
});

test("a URL that says pgbouncer=true asks PostgreSQL for no setting, and gives no statement a name", async () => {
  const url = urlOf(database.target);
  const marked = `${url}${url.includes("?") ? "&" : "?"}pgbouncer=true`;
  const { client, close } = connect(marked, { connectionsMax: 1, timeouts, plansOnce: true });
  const [row] = await client`
    select current_setting('statement_timeout') as statement,
      current_setting('plan_cache_mode') as planning, ${"a value"}::text as given`;
  expect(row).toEqual({ statement: "0", planning: "auto", given: "a value" });
  expect([...(await client`select name from pg_prepared_statements`)]).toEqual([]);
  await close();
});
