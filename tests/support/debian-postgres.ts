/** PostgreSQL from Debian's packages, for what the embedded one has no programs for: replicas, tablespaces. */
import { chown, mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { findPostgresUser, runProgram } from "../../src/db/embedded/user.ts";
import { copyFolder, prepareFolder } from "./prepared-folder.ts";

/** A PostgreSQL of a test's own, on a port of loopback where everybody is trusted. */
export interface DebianPostgres {
  /** `databaseName` on it, as its superuser. */
  url(databaseName: string): string;
  /** A streaming replica of it. */
  startReplica(): Promise<DebianPostgres>;
  stop(): Promise<void>;
  /** Starts it again after `stop`. */
  start(): Promise<void>;
  /** Makes a folder that it can write to. */
  makeFolder(name: string): Promise<string>;
  /** Stops it and its replicas, and removes all of their files. */
  remove(): Promise<void>;
}

const versionsFolder = "/usr/lib/postgresql";
const superuser = "civikey_test";

/** Where the programs of the newest version are; undefined where there is none. */
export async function findDebianPostgres(): Promise<string | undefined> {
  const versions = await readdir(versionsFolder).catch(() => []);
  const newest = versions
    .map(Number)
    .filter(Number.isInteger)
    .sort((a, b) => b - a);
  for (const version of newest) {
    const binaries = join(versionsFolder, String(version), "bin");
    if (await Bun.file(join(binaries, "pg_basebackup")).exists()) return binaries;
  }
  console.log("There is no PostgreSQL from Debian's packages here: tests that need it are skipped.");
  return undefined;
}

/** Starts one on an empty folder. */
export async function startDebianPostgres(binaries: string): Promise<DebianPostgres> {
  const user = await findPostgresUser([]);
  const folder = await mkdtemp(join(tmpdir(), "civikey-debian-"));
  if (user) await chown(folder, user.uid, user.gid);
  const run = async (program: string, args: string[]) => {
    const { ok, output } = await runProgram(user, join(binaries, program), args);
    if (!ok) throw new Error(`${program}: ${output}`);
  };
  const all: DebianPostgres[] = [];

  async function open(data: string): Promise<DebianPostgres> {
    const port = await findFreePort();
    const settings = `-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off`;
    const postgres: DebianPostgres = {
      url: (databaseName) => `postgres://${superuser}@127.0.0.1:${port}/${databaseName}`,
      async startReplica() {
        const replicaData = join(folder, `data-${all.length}`);
        await run("pg_basebackup", [
          ...["-h", "127.0.0.1", "-p", String(port), "-U", superuser],
          ...["-D", replicaData, "-R", "-X", "stream", "-c", "fast"],
        ]);
        return open(replicaData);
      },
      start: () => run("pg_ctl", ["start", "-w", "-D", data, "-l", `${data}.log`, "-o", settings]),
      stop: () => run("pg_ctl", ["stop", "-w", "-D", data, "-m", "immediate"]),
      async makeFolder(name) {
        const made = join(folder, name);
        await mkdir(made);
        if (user) await chown(made, user.uid, user.gid);
        return made;
      },
      async remove() {
        // The replicas first; one that was stopped already cannot be stopped again.
        for (const { stop } of all.toReversed()) await stop().catch(() => undefined);
        await rm(folder, { recursive: true, force: true });
      },
    };
    await postgres.start();
    all.push(postgres);
    return postgres;
  }

  const data = join(folder, "data");
  const prepared = await prepareFolder({
    kind: "debian",
    version: basename(dirname(binaries)),
    marker: "PG_VERSION",
    async make(draft) {
      if (user) await chown(draft, user.uid, user.gid);
      const made = join(draft, "data");
      await run("initdb", ["-D", made, "-U", superuser, "-A", "trust", "-E", "UTF8", "--locale=C", "-N"]);
      return made;
    },
  });
  await copyFolder(prepared, data);
  return open(data);
}

/** A port of loopback that nobody listens on now. */
export async function findFreePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return typeof address === "object" && address !== null ? address.port : 0;
}
