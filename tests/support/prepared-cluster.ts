/**
 * A stopped PostgreSQL with a migrated, empty database, made once for each state of `src/db` and kept beside the
 * packages: to make it takes longer than most test files, and to copy it a tenth of a second.
 */
import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "../../src/db/client.ts";
import { makeFolderOnce } from "../../src/db/embedded/make-folder-once.ts";
import { migrateDatabase } from "../../src/db/migrate.ts";
import { openInProcess } from "./embedded-postgres-process.ts";

/** The migrated database in it. */
export const template = "civikey_template";

const root = join(import.meta.dir, "../..");
const cache = join(root, "node_modules/.cache/civikey-tests");
/** What makes writes durable, which nobody needs of a test's database; and what works when it likes. */
const quickSettings = ["fsync", "synchronous_commit", "full_page_writes", "autovacuum"];

/** Makes `dataDir`, which must not exist, a copy of it. Unless `isDurable`, it keeps nothing through a crash of the machine. */
export async function prepareCluster(dataDir: string, { isDurable }: { isDurable: boolean }): Promise<void> {
  if (isDurable) return makeCluster(dataDir, { isQuick: false });
  await copyFolder(await findPrepared(), dataDir);
}

async function findPrepared(): Promise<string> {
  const name = await hashSources();
  const prepared = join(cache, name);
  await mkdir(cache, { recursive: true });
  await makeFolderOnce(prepared, "postgres.password", async (draft) => {
    const dataDir = join(tmpdir(), `civikey-prepared-${crypto.randomUUID()}`);
    try {
      await makeCluster(dataDir, { isQuick: true });
      await copyFolder(dataDir, join(draft, "data"));
    } finally {
      await rm(dataDir, { recursive: true, force: true });
    }
    for (const other of await readdir(cache)) {
      if (!other.startsWith(name)) await rm(join(cache, other), { recursive: true, force: true });
    }
    return join(draft, "data");
  });
  return prepared;
}

/** Changes when anything does that the cluster is made of. */
async function hashSources(): Promise<string> {
  const hash = new Bun.CryptoHasher("sha256");
  const sources = [...new Bun.Glob("src/db/**").scanSync(root), "bun.lock", "tests/support/prepared-cluster.ts"];
  for (const path of sources.toSorted()) hash.update(path).update(await readFile(join(root, path)));
  return hash.digest("hex").slice(0, 16);
}

async function makeCluster(dataDir: string, { isQuick }: { isQuick: boolean }): Promise<void> {
  const postgres = await openInProcess(dataDir, "command");
  try {
    const password = (await readFile(join(dataDir, "postgres.password"), "utf8")).trim();
    const superuser = { ...postgres.connection, username: "postgres", password, database: "postgres" };
    const { client, close } = connect(superuser, { connectionsMax: 1 });
    for (const setting of isQuick ? quickSettings : []) await client.unsafe(`alter system set ${setting} = off`);
    await client.unsafe(`create database ${template} template template0 owner ${postgres.owner.username}`);
    await close();
    await migrateDatabase({ ...postgres.owner, database: template }, { zone: "America/Los_Angeles" });
  } finally {
    await postgres.close();
  }
}

/** With owners: PostgreSQL's files are another user's when we are root. */
async function copyFolder(from: string, to: string): Promise<void> {
  const { exitCode, stderr } = Bun.spawnSync(["cp", "-a", from, to], { stderr: "pipe" });
  if (exitCode !== 0) throw new Error(`cp: ${stderr}`);
}

// Before several processes want it at once.
if (import.meta.main) await findPrepared();
