/**
 * A stopped PostgreSQL with a migrated, empty database, made once for each state of `src/db`: to make it takes longer
 * than most test files, and to copy it a tenth of a second.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { connect } from "../../src/db/client.ts";
import { migrateDatabase } from "../../src/db/migrate.ts";
import { openInProcess } from "./embedded-postgres-process.ts";
import { copyFolder, hashFiles, prepareFolder } from "./prepared-folder.ts";

/** The migrated database in it. */
export const template = "civikey_template";

/**
 * What makes writes durable, which nobody needs of a test's database; what works when it likes; and what reads in
 * other processes.
 */
const quickSettings = {
  ...{ fsync: "off", synchronous_commit: "off", full_page_writes: "off", autovacuum: "off" },
  io_method: "sync",
};

/** Makes `dataDir`, which must not exist, a copy of it. Unless `isDurable`, it keeps nothing through a crash of the machine. */
export async function prepareCluster(dataDir: string, { isDurable }: { isDurable: boolean }): Promise<void> {
  if (isDurable) return makeCluster(dataDir, { isQuick: false });
  await copyFolder(await findPrepared(), dataDir);
}

async function findPrepared(): Promise<string> {
  const hash = await hashFiles(["src/db/**", "bun.lock", "tests/support/prepared-cluster.ts"]);
  return prepareFolder({
    kind: "civikey",
    version: hash,
    marker: "postgres.password",
    async make(draft) {
      const dataDir = join(draft, "data");
      await makeCluster(dataDir, { isQuick: true });
      return dataDir;
    },
  });
}

async function makeCluster(dataDir: string, { isQuick }: { isQuick: boolean }): Promise<void> {
  const postgres = await openInProcess(dataDir, "command");
  try {
    const password = (await readFile(join(dataDir, "postgres.password"), "utf8")).trim();
    const superuser = { ...postgres.connection, username: "postgres", password, database: "postgres" };
    const { client, close } = connect(superuser, { connectionsMax: 1 });
    for (const [setting, value] of isQuick ? Object.entries(quickSettings) : []) {
      await client.unsafe(`alter system set ${setting} = ${value}`);
    }
    await client.unsafe(`create database ${template} template template0 owner ${postgres.owner.username}`);
    await close();
    await migrateDatabase({ ...postgres.owner, database: template }, { zone: "America/Los_Angeles" });
  } finally {
    await postgres.close();
  }
}

// Before several processes want it at once.
if (import.meta.main) await findPrepared();
