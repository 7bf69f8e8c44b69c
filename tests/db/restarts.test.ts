import { expect, test } from "bun:test";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "../../src/db/client.ts";
import { openEmbeddedPostgres } from "../../src/db/embedded/postgres.ts";
import { readPostmaster } from "../../src/db/embedded/postmaster.ts";
import { isDatabaseUnavailable } from "../../src/lib/errors.ts";
import { prepareCluster } from "../support/prepared-cluster.ts";

/** Far more than a new connection takes, and less than the time-out of one that says nothing. */
const backWithinMs = 1_500;

test("a pool in use gets over crashes of PostgreSQL: what fails says so, and it is back with the database", async () => {
  const dataDir = join(tmpdir(), `civikey-restarts-${crypto.randomUUID()}`);
  await prepareCluster(dataDir, { isDurable: false });
  const lines: string[] = [];
  const embedded = await openEmbeddedPostgres({ dataDir, role: "command", report: (line) => lines.push(line) });
  const { client, close } = connect(embedded.owner, { connectionsMax: 4 });
  const timesBack = () => lines.filter((line) => line === "The embedded PostgreSQL is back").length;
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
  for (const [index, signal] of (["SIGQUIT", "SIGINT", "SIGQUIT"] as const).entries()) {
    const asked = goodAtMs;
    while (goodAtMs === asked) await Bun.sleep(5);
    const postmaster = await readPostmaster(join(dataDir, "postgres"));
    if (postmaster === undefined) throw new Error("PostgreSQL does not run");
    process.kill(postmaster.pid, signal);
    while (timesBack() === index) await Bun.sleep(5);
    const backAtMs = performance.now();
    while (goodAtMs < backAtMs && performance.now() - backAtMs < backWithinMs) await Bun.sleep(5);
    expect(goodAtMs).toBeGreaterThan(backAtMs);
  }
  isOver = true;
  await Promise.all(askers);
  expect(failures.length).toBeGreaterThan(0);
  expect(failures.filter((error) => !isDatabaseUnavailable(error))).toEqual([]);
  await close();
  await embedded.close();
  await rm(dataDir, { recursive: true });
});
