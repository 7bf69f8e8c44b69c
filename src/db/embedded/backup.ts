/**
 * Backs up the embedded database while the server runs: PostgreSQL's "low-level" base backup (its manual,
 * "Continuous Archiving"), because the npm package has no `pg_basebackup` or `pg_dump`. The backup is a
 * complete data folder: database, write-ahead log, and the generated secrets.
 */
import { existsSync } from "node:fs";
import { mkdir, readdir, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import type { Sql } from "postgres";
import { prepareCluster } from "./cluster.ts";
import { copyFileWithOwner, copyFolderWithOwner, makeFolderLike, syncFolder } from "./copy-files.ts";
import { openLockSession } from "./locks.ts";
import { EmbeddedPostgresError } from "./report.ts";

/** The installation's secrets, beside the cluster. */
const secretFiles = ["secret-key", "api-secret-salt", "postgres.password"];

/** Paths in the cluster that a base backup skips: they belong to the running process, or are copied last. */
const leftOut =
  /^(postmaster\.(pid|opts)|\.s\.PGSQL\..*|global\/pg_control|(pg_wal|pg_replslot|pg_dynshmem|pg_notify|pg_serial|pg_snapshots|pg_stat_tmp|pg_subtrans)\/.*|(.*\/)?(pgsql_tmp.*|pg_internal\.init.*))$/;

/**
 * Copies the data folder to `backupDir`, which must not exist, and appears once it is complete and on disk.
 * PostgreSQL must be running: the caller keeps it open. To restore, use the copy as the data folder. Throws
 * an `EmbeddedPostgresError` that says what to do.
 */
export async function backUpEmbeddedPostgres(options: { dataDir: string; backupDir: string }): Promise<void> {
  const dataDir = resolve(options.dataDir);
  const backupDir = resolve(options.backupDir);
  await requireFreePlace(dataDir, backupDir);
  const cluster = await prepareCluster({ dataDir, packageFolder: undefined, report: () => {} });
  const draft = join(dirname(backupDir), `.${basename(backupDir)}.${crypto.randomUUID()}`);
  const session = await openLockSession(cluster);
  if (session === undefined) throw new EmbeddedPostgresError(`PostgreSQL does not run on ${cluster.folder}.`);
  try {
    await makeFolderLike(dataDir, draft);
    await copyCluster(session.sql, cluster.folder, join(draft, "postgres"));
    for (const name of secretFiles) {
      await copyFileWithOwner(join(dataDir, name), join(draft, name));
    }
    await syncFolder(draft);
    await rename(draft, backupDir);
    await syncFolder(dirname(backupDir));
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    if (!(error instanceof Error && "syscall" in error)) throw error;
    throw new EmbeddedPostgresError(`The backup failed, and nothing of it is left: ${error.message}.`);
  } finally {
    await session.sql.end({ timeout: 5 });
  }
}

async function requireFreePlace(dataDir: string, backupDir: string): Promise<void> {
  if (!relative(dataDir, backupDir).startsWith(`..${sep}`)) {
    throw new EmbeddedPostgresError(
      `${backupDir} is in the data folder. Name a folder elsewhere, better on another disk.`,
    );
  }
  if (existsSync(backupDir)) {
    throw new EmbeddedPostgresError(`${backupDir} already exists. Name a new folder.`);
  }
  await mkdir(dirname(backupDir), { recursive: true }).catch((error: Error) => {
    throw new EmbeddedPostgresError(`The folder of the backup cannot be made: ${error.message}.`);
  });
}

/** The session is one connection: the backup and its slot end with it, whatever happens. */
async function copyCluster(sql: Sql, from: string, to: string): Promise<void> {
  // Keeps the write-ahead log until the session ends.
  const slot = `civikey_backup_${crypto.randomUUID().replaceAll("-", "")}`;
  await sql`select pg_create_physical_replication_slot(${slot}, true, true)`;
  await sql`select pg_backup_start('civikey', true)`;
  await copyFolderWithOwner(from, to, { leavesOut: (path) => leftOut.test(path) });
  await copyFileWithOwner(join(from, "global/pg_control"), join(to, "global/pg_control"));
  const [stopped] = await sql<{ label: string; last: string }[]>`
    select labelfile as label, pg_walfile_name(lsn) as last
    from pg_backup_stop(wait_for_archive => false)`;
  const label = stopped?.label ?? "";
  const first = /\(file ([0-9A-F]{24})\)/.exec(label)?.[1];
  if (stopped === undefined || first === undefined) throw new Error("the backup has no label");
  await copyLog(join(from, "pg_wal"), join(to, "pg_wal"), { first, last: stopped.last });
  await writeLabel(join(to, "backup_label"), { label, like: join(from, "PG_VERSION") });
}

/** The segments from the first to the last, and the histories of time lines. */
async function copyLog(from: string, to: string, { first, last }: { first: string; last: string }): Promise<void> {
  const names = await readdir(from);
  const segments = names.filter((name) => /^[0-9A-F]{24}$/.test(name) && name >= first && name <= last);
  if (!segments.includes(first) || !segments.includes(last)) {
    throw new EmbeddedPostgresError("The write-ahead log of the backup is gone. Run it again.");
  }
  for (const name of [...segments, ...names.filter((name) => name.endsWith(".history"))]) {
    await copyFileWithOwner(join(from, name), join(to, name));
  }
}

async function writeLabel(path: string, { label, like }: { label: string; like: string }): Promise<void> {
  // Copied first, for the owner and mode of its neighbours.
  await copyFileWithOwner(like, path);
  await writeFile(path, label, { flush: true });
}
