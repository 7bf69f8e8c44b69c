/** The load run's own PostgreSQL, on its own disk; both can be stopped, crashed and filled during use. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Connection, connect } from "../../src/db/client.ts";
import { openEmbeddedPostgres } from "../../src/db/embedded/postgres.ts";
import { readPostmaster } from "../../src/db/embedded/postmaster.ts";
import { migrateDatabase } from "../../src/db/migrate.ts";
import { withinMs } from "../../src/lib/limits/deadline.ts";
import { urlOf } from "../support/database.ts";
import { mountSmallDisk } from "../support/small-disk.ts";
import { type FullDisk, openFullDisk } from "./load-disk.ts";
import { openSpan, type Troubles } from "./load-ledger.ts";

/** Several times what a full run leaves there; its memory is only taken while the disk is full. */
const diskMegabytes = 384;
const pollMs = 20;
const answerWithinMs = 2_000;
const backWithinMs = 60_000;

/** A migrated database. */
export interface LoadDatabase {
  readonly url: string;
  readonly connection: Connection;
  readonly troubles: Troubles;
  /** Fills its disk; or a text that says why no disk can be filled here. */
  readonly fullDisk: FullDisk | string;
  /** Ends PostgreSQL: `SIGINT` stops it fast, `SIGQUIT` crashes it. Returns when it has been restarted. */
  restart(signal: "SIGINT" | "SIGQUIT"): Promise<void>;
  close(): Promise<void>;
}

/** Starts one. This process restarts it whenever it ends, and again until it starts. */
export async function openLoadDatabase(): Promise<LoadDatabase> {
  const dataDir = await mkdtemp(join(tmpdir(), "civikey-load-"));
  const disk = await mountSmallDisk(dataDir, { megabytes: diskMegabytes });
  const removeFiles = async () => {
    if (typeof disk !== "string") await disk.remove();
    await rm(dataDir, { recursive: true, force: true });
  };
  try {
    const embedded = await openEmbeddedPostgres({ dataDir, role: "command" });
    const target = embedded.connection;
    await migrateDatabase(embedded.owner, { grantTo: target.username });
    const connection = connect(target, { connectionsMax: 20 });
    const troubles: Troubles = { outages: [], fullTimes: [] };
    const findPid = async () => (await readPostmaster(join(dataDir, "postgres")))?.pid;
    return {
      url: urlOf(target),
      connection,
      troubles,
      fullDisk: typeof disk === "string" ? disk : openFullDisk({ disk, target, troubles }),
      async restart(signal) {
        const pid = await findPid();
        if (pid === undefined) throw new Error("PostgreSQL does not run");
        const outage = openSpan();
        troubles.outages.push(outage);
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
        await removeFiles();
      },
    };
  } catch (error) {
    await removeFiles();
    throw error;
  }
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
