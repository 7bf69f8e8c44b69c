import { afterAll, beforeAll, expect, test } from "bun:test";
import { type Connection, connect } from "../../src/db/client.ts";
import { runPrepared, runSql } from "../../src/db/run-sql.ts";
import { openEmptyDatabase, type TestDatabase } from "../support/database.ts";
import { type DatabaseLine, openDatabaseLine } from "../support/database-line.ts";

let database: TestDatabase;
let line: DatabaseLine;
let connection: Connection;

beforeAll(async () => {
  database = await openEmptyDatabase();
  await database.client`create table kept (name text)`;
  line = await openDatabaseLine(database.target);
  connection = connect(line.url, { connectionsMax: 4 });
});
afterAll(async () => {
  await connection.close();
  await line.close();
  await database.close();
});

const insert = "insert into kept values ($1)";

/** Other calls go on meanwhile: a lost connection is soon another one of the same pool. */
function keepAsking(): () => Promise<void> {
  let isOver = false;
  const asking = Array.from({ length: 3 }, async () => {
    while (!isOver) {
      await connection.client`select 1`.catch(() => {});
      await Bun.sleep(5);
    }
  });
  return async () => {
    isOver = true;
    await Promise.all(asking);
  };
}

async function keptNames(): Promise<string[]> {
  const rows = await database.client`select name from kept order by name`;
  return rows.map(({ name }) => name);
}

/** Ends the processes of PostgreSQL that work for a transaction: an admin, a failover, a time-out. */
async function terminateBackends(): Promise<void> {
  await database.client`select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and query like 'select pg_sleep%'`;
}

/** Until so many transactions of a round are in PostgreSQL's hands. */
async function untilAsleep(round: number, count: number): Promise<void> {
  const findAsleep = () => database.client`select from pg_stat_activity
    where datname = current_database() and state = 'active' and query = ${sleepOf(round)}`;
  while ((await findAsleep()).length < count) await Bun.sleep(10);
}
/** One statement for each round: those of a line that was cut sleep on. */
const sleepOf = (round: number) => `select pg_sleep(5), ${round}`;
let roundsBefore = 0;

test.each([
  ["because the line is cut", () => line.cut()],
  ["because PostgreSQL hangs up", terminateBackends],
])("a transaction that loses its connection %s fails, and the process goes on", async (_, lose) => {
  const stop = keepAsking();
  const roundEnd = roundsBefore + 5;
  for (let round = roundsBefore; round < roundEnd; round += 1) {
    const transactions = Array.from({ length: 4 }, (_, index) =>
      connection.db.transaction(async (tx) => {
        await runPrepared(tx, insert, [`lost ${round} ${index}`]);
        await runSql(tx, sleepOf(round));
      }),
    );
    const settled = Promise.allSettled(transactions);
    await untilAsleep(round, 4);
    await lose();
    const results = await settled;
    expect(results.map(({ status }) => status)).toEqual(Array(4).fill("rejected"));
    await line.restore();
    while ((await connection.client`select 1`.catch(() => [])).length === 0) await Bun.sleep(20);
  }
  roundsBefore = roundEnd;
  await stop();
  expect(await keptNames()).toEqual([]);
});

test("what a transaction goes on with after that is never done outside of it", async () => {
  const stop = keepAsking();
  const { promise: wait, resolve: goOn } = Promise.withResolvers<void>();
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
  const outcome: unknown[] = [];
  const transaction = connection.db.transaction(async (tx) => {
    await runPrepared(tx, insert, ["before"]);
    begin();
    await wait;
    await runPrepared(tx, insert, ["after"]).catch((error: unknown) => {
      outcome.push(error);
      throw error;
    });
  });
  const settled = Promise.allSettled([transaction]);
  await begun;
  await line.cut();
  await line.restore();
  while ((await connection.client`select 1`.catch(() => [])).length === 0) await Bun.sleep(20);
  await Bun.sleep(200);
  goOn();
  const [result] = await settled;
  expect(result?.status).toBe("rejected");
  await Bun.sleep(200);
  await stop();
  expect(outcome).toHaveLength(1);
  expect(await keptNames()).toEqual([]);
});
