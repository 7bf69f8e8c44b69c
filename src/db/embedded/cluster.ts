/** The files of the embedded PostgreSQL: the data folder, the password, and the cluster that initdb makes. */
import { existsSync } from "node:fs";
import { chmod, chown, mkdir, readdir, readFile, realpath, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { readOrCreateSecret } from "../../lib/secrets/secret-file.ts";
import { describeBinaries, findPostgresBinaries, type PostgresBinaries, preparePostgresBinaries } from "./binaries.ts";
import { makeFolderOnce } from "./make-folder-once.ts";
import { EmbeddedPostgresError, messageOf, type PostgresProgress } from "./report.ts";
import { findPostgresUser, requireReachable, runProgram, type SystemUser } from "./user.ts";

/** The superuser, for the lock connection and to create the database; CiviKey itself is not one. */
export const adminRole = "postgres";

/** An existing cluster, and what is needed to run it. */
export interface Cluster {
  readonly dataDir: string;
  /** PostgreSQL's own folder, without symbolic links. */
  readonly folder: string;
  readonly logFile: string;
  readonly password: string;
  readonly binaries: PostgresBinaries;
  /** The user who runs PostgreSQL when we are root. */
  readonly user: SystemUser | undefined;
}

/**
 * Creates what is missing: `dataDir` (for its owner only; the user who runs PostgreSQL for root may enter
 * but not read it), `postgres.password` and `postgres`. Several processes may do so at once. Refuses a
 * folder that PostgreSQL cannot reach, and a cluster of another major version.
 */
export async function prepareCluster(options: {
  dataDir: string;
  packageFolder: string | undefined;
  machineFolder?: string | undefined;
  report: (line: PostgresProgress) => void;
}): Promise<Cluster> {
  const dataDir = await makeDataDir(options.dataDir);
  const folder = join(dataDir, "postgres");
  const user = await findPostgresUser([folder, dataDir]);
  if (user !== undefined) await requireReachable(user, dataDir);
  const version = await readClusterVersion(folder);
  const binaries = await preparePostgresBinaries({ ...options, dataDir, user, major: version });
  const password = await readPassword(dataDir, version === undefined);
  const cluster = {
    dataDir,
    folder,
    logFile: join(dataDir, "postgres.log"),
    password,
    binaries,
    user,
  };
  if (version === undefined) {
    options.report(`Creating a PostgreSQL ${binaries.major} database in ${folder}`);
    await makeFolderOnce(folder, "PG_VERSION", (draft) => runInitdb(cluster, draft));
  } else if (version !== binaries.major) {
    throw new EmbeddedPostgresError(
      `The database in ${folder} was made by PostgreSQL ${version}, and this release brings ` +
        `PostgreSQL ${binaries.major}. Install PostgreSQL ${version} on this machine. Or start the release that made it, ` +
        "dump the database with pg_dump, and restore the dump with this release into an empty DATA_DIR.",
    );
  }
  return cluster;
}

/** Which PostgreSQL a start would use, without starting or changing anything; undefined when it has to be copied first. */
export async function describeEmbeddedPostgres(dataDir: string): Promise<string | undefined> {
  const folder = join(dataDir, "postgres");
  const user = await findPostgresUser([folder, dataDir]);
  const binaries = await findPostgresBinaries({ user, major: await readClusterVersion(folder) });
  return binaries && describeBinaries(binaries);
}

async function makeDataDir(dataDir: string): Promise<string> {
  const isRoot = process.getuid?.() === 0;
  const mode = isRoot ? 0o711 : 0o700;
  try {
    const created = await mkdir(dataDir, { recursive: true, mode });
    // Root's own empty folder is opened up too. One with files in it is left as it is.
    const isOurs = created !== undefined || (isRoot && (await stat(dataDir)).uid === 0 && (await isEmpty(dataDir)));
    if (isOurs) await chmod(dataDir, mode);
    return await realpath(dataDir);
  } catch (error) {
    throw new EmbeddedPostgresError(
      `The data folder ${dataDir} cannot be made: ${messageOf(error)}. Set DATA_DIR to a folder that ` +
        "you may write to, or set DATABASE_URL to another database.",
    );
  }
}

const isEmpty = async (folder: string) => (await readdir(folder)).length === 0;

/** The major version of an existing cluster; undefined when there is none yet. Throws an `EmbeddedPostgresError`. */
async function readClusterVersion(folder: string): Promise<string | undefined> {
  try {
    if (await isEmpty(folder)) return undefined;
    return (await readFile(join(folder, "PG_VERSION"), "utf8")).trim();
  } catch (error) {
    if (!existsSync(folder)) return undefined;
    throw new EmbeddedPostgresError(
      `The database in ${folder} cannot be read: ${messageOf(error)}. Start CiviKey as the user who ` +
        "made it; if it is not a PostgreSQL database, move it away or set another DATA_DIR.",
    );
  }
}

/**
 * The password in `<dataDir>/postgres.password`, created first if `mayCreate`. It exists, complete, before
 * the cluster, so that every process that runs initdb uses the same one.
 */
async function readPassword(dataDir: string, mayCreate: boolean): Promise<string> {
  const file = join(dataDir, "postgres.password");
  try {
    return mayCreate ? await readOrCreateSecret(file) : (await readFile(file, "utf8")).trim();
  } catch (error) {
    throw new EmbeddedPostgresError(
      `The password of the database in ${dataDir} cannot be read: ${messageOf(error)}. Start CiviKey ` +
        "as the user who made the data folder, or restore the file from a backup.",
    );
  }
}

/**
 * PostgreSQL's own C.UTF-8 instead of the machine's locale, so that a cluster sorts and compares alike
 * everywhere.
 */
const initdbOptions = [
  `--username=${adminRole}`,
  "--auth=scram-sha-256",
  "--encoding=UTF8",
  "--locale=C",
  "--locale-provider=builtin",
  "--builtin-locale=C.UTF-8",
];

async function runInitdb(cluster: Cluster, draft: string): Promise<string> {
  const target = join(draft, "cluster");
  const passwordFile = join(draft, "password");
  await writeFile(passwordFile, cluster.password, { mode: 0o600 });
  if (cluster.user !== undefined) {
    await chown(passwordFile, cluster.user.uid, cluster.user.gid);
    await chown(draft, cluster.user.uid, cluster.user.gid);
  }
  const { ok, output } = await runProgram(cluster.user, cluster.binaries.initdb, [
    `--pgdata=${target}`,
    `--pwfile=${passwordFile}`,
    ...initdbOptions,
  ]);
  if (ok) return target;
  throw new EmbeddedPostgresError(
    `PostgreSQL could not make a database in ${draft}; fix that, or set DATABASE_URL to another ` +
      `database. It says:\n${output}`,
  );
}
