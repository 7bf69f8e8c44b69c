import { expect, test } from "bun:test";
import { connect } from "../../src/db/client.ts";
import { isDatabaseUnavailable } from "../../src/lib/errors.ts";
import { openLoadDatabase } from "../bench/load-database.ts";

/** Far more than a new connection takes, and less than the time-out of one that says nothing. */
const backWithinMs = 1_500;

test("a pool in use gets over crashes of PostgreSQL: what fails says so, and it is back with the database", async () => {
  const database = await openLoadDatabase();
  const { client, close } = connect(database.url, { connectionsMax: 4 });
  const failures: unknown[] = [];
  let goodAtMs = 0;
  let isOver = false;
  const ask = async () => {
    while (!isOver) {
      const work = Math.random() < 0.5 ? client`select 1` : client.begin((tx) => tx`select 1`);
      await work.then(() => (goodAtMs = performance.now())).catch((error) => failures.push(error));
      await Bun.sleep(5);
    }
  };
  const askers = Array.from({ length: 8 }, ask);
  for (const signal of ["SIGQUIT", "SIGINT", "SIGQUIT"] as const) {
    await Bun.sleep(100);
    await database.restart(signal);
    const backAtMs = performance.now();
    while (goodAtMs < backAtMs && performance.now() - backAtMs < backWithinMs) await Bun.sleep(5);
    expect(goodAtMs).toBeGreaterThan(backAtMs);
  }
  isOver = true;
  await Promise.all(askers);
  expect(failures.length).toBeGreaterThan(0);
  expect(failures.filter((error) => !isDatabaseUnavailable(error))).toEqual([]);
  await close();
  await database.close();
}, 60_000);
