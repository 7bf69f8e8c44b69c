/** The PostgreSQL of the load run: one of its own, that can be stopped and crashed while it is used. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Connection, connect } from "../../src/db/client.ts";
import { openEmbeddedPostgres } from "../../src/db/embedded-postgres.ts";
import { migrateDatabase } from "../../src/db/migrate.ts";
import { readPostmaster } from "../../src/db/postgres-postmaster.ts";
import { withinMs } from "../../src/domain/deadline.ts";
import { urlOf } from "../support/database.ts";
import type { Outage } from "./load-ledger.ts";

const pollMs = 20;
const answerWithinMs = 2_000;
const backWithinMs = 60_000;

/** A migrated database. */
export interface LoadDatabase {
  readonly url: string;
  readonly connection: Connection;
  readonly outages: Outage[];
  /** Ends PostgreSQL: `SIGINT` stops it fast, `SIGQUIT` is a crash. Returns when it is back, started by whoever keeps it. */
  restart(signal: "SIGINT" | "SIGQUIT"): Promise<void>;
  close(): Promise<void>;
}

/** Starts one; this process keeps it running. */
export async function openLoadDatabase(): Promise<LoadDatabase> {
  const dataDir = await mkdtemp(join(tmpdir(), "civikey-load-"));
  const embedded = await openEmbeddedPostgres({ dataDir, role: "command" });
  const target = embedded.connection;
  await migrateDatabase(target);
  const connection = connect(target, { connectionsMax: 20 });
  const outages: Outage[] = [];
  const findPid = async () => (await readPostmaster(join(dataDir, "postgres")))?.pid;
  return {
    url: urlOf(target),
    connection,
    outages,
    async restart(signal) {
      const pid = await findPid();
      if (pid === undefined) throw new Error("PostgreSQL does not run");
      const outage = { fromMs: performance.now(), untilMs: Number.POSITIVE_INFINITY };
      outages.push(outage);
      process.kill(pid, signal);
      const deadline = performance.now() + backWithinMs;
      while ((await findPid()) === pid || !(await isThere(connection))) {
        if (performance.now() > deadline) throw new Error("PostgreSQL did not come back");
        await Bun.sleep(pollMs);
      }
      outage.untilMs = performance.now();
    },
    async close() {
      await connection.close();
      await embedded.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

async function isThere({ client }: Connection): Promise<boolean> {
  try {
    await withinMs(client`select`, answerWithinMs);
    return true;
  } catch {
    // Not yet.
    return false;
  }
}
