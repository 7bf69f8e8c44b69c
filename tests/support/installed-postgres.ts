/**
 * The PostgreSQL that this machine has installed (Debian's, for example): a server of its own with the
 * programs that npm does not bring, such as pg_dump.
 */
import { spawnSync } from "node:child_process";
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findPostgresUser, runProgram } from "../../src/db/postgres-user.ts";

const versionsFolder = "/usr/lib/postgresql";

/** A server that runs until `stop`. */
export interface InstalledPostgres {
  /** Of a database, as the role that owns it and is no superuser. */
  url(database: string): string;
  /** Makes an empty database. */
  createDatabase(name: string): void;
  /** Runs one of the client programs; fails with what it said. Its standard output. */
  run(program: string, args: readonly string[]): string;
  stop(): Promise<void>;
}

/** The folder of its programs; undefined where none is installed. */
export function findInstalledPrograms(): string | undefined {
  const versions = existsSync(versionsFolder) ? readdirSync(versionsFolder) : [];
  return versions
    .sort((a, b) => Number(b) - Number(a))
    .map((version) => join(versionsFolder, version, "bin"))
    .find((folder) =>
      ["initdb", "pg_ctl", "pg_dump"].every((name) => existsSync(join(folder, name))),
    );
}

/** Starts one in a folder of its own, on a socket in it. */
export async function startInstalledPostgres(programs: string): Promise<InstalledPostgres> {
  const folder = mkdtempSync(join(tmpdir(), "civikey-pg-"));
  const user = await findPostgresUser([]);
  if (user !== undefined) chownSync(folder, user.uid, user.gid);
  const cluster = join(folder, "cluster");
  const asOwner = async (program: string, args: string[]) => {
    const { ok, output } = await runProgram(user, join(programs, program), args);
    if (!ok) throw new Error(`${program}: ${output}`);
  };
  const run = (program: string, args: readonly string[]) => {
    const { status, stdout, stderr } = spawnSync(join(programs, program), [...args], {
      encoding: "utf8",
    });
    if (status !== 0) throw new Error(`${program}: ${stderr}`);
    return stdout;
  };
  const sql = (text: string) =>
    run("psql", ["-X", "-h", folder, "-U", "postgres", "-d", "postgres", "-c", text]);
  await asOwner("initdb", ["-D", cluster, "-U", "postgres", "-A", "trust", "-E", "UTF8", "-N"]);
  const settings = `-c listen_addresses= -c unix_socket_directories=${folder} -c fsync=off`;
  const log = join(folder, "log");
  await asOwner("pg_ctl", ["-D", cluster, "-w", "-l", log, "-o", settings, "start"]);
  sql("create role civikey login");
  return {
    url: (name) => `postgres://civikey@localhost/${name}?host=${encodeURIComponent(folder)}`,
    createDatabase: (name) => void sql(`create database ${name} owner civikey`),
    run,
    async stop() {
      await asOwner("pg_ctl", ["-D", cluster, "-w", "-m", "immediate", "stop"]);
      rmSync(folder, { recursive: true });
    },
  };
}
