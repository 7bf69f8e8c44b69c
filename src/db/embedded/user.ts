/** PostgreSQL refuses to run as root: chooses another system user, and runs programs as that user. */
import { execFile } from "node:child_process";
import { type FileHandle, readFile, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { EmbeddedPostgresError } from "./report.ts";

/** An account other than root. */
export interface SystemUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** The whole environment that PostgreSQL gets: no secrets, no `PG*` settings, no locale. */
export const postgresEnvironment = {
  PATH: process.env.PATH ?? "/usr/local/bin:/usr/bin:/bin",
  LC_ALL: "C",
  TZ: "UTC",
};

/**
 * The user to run PostgreSQL as; undefined for our own. If we are root, it is the first owner of `folders`
 * who is not root and has an account (initdb needs one), else `postgres`, else `nobody`.
 */
export async function findPostgresUser(folders: string[]): Promise<SystemUser | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const accounts = await readAccounts();
  for (const folder of folders) {
    const owner = await stat(folder).catch(() => undefined);
    const account = accounts.find(({ uid }) => uid === owner?.uid);
    if (account !== undefined && account.uid > 0) return account;
  }
  for (const name of ["postgres", "nobody"]) {
    const account = accounts.find((one) => one.name === name && one.uid > 0);
    if (account !== undefined) return account;
  }
  throw new EmbeddedPostgresError(
    "PostgreSQL cannot run as root, and there is no system user postgres or nobody to run it as. " +
      "Start CiviKey as an ordinary user, or set DATABASE_URL to another database.",
  );
}

/** Lines of passwd(5): name, password, uid, gid, and what does not matter here. */
async function readAccounts(): Promise<SystemUser[]> {
  const lines = (await readFile("/etc/passwd", "utf8").catch(() => "")).split("\n");
  return lines.map((line) => {
    const [name = "", , uid = "", gid = ""] = line.split(":");
    return { name, uid: Number.parseInt(uid, 10), gid: Number.parseInt(gid, 10) };
  });
}

/** Gives a file that root created to the owner of its data folder, who may start CiviKey the next time. */
export async function giveToOwner(file: FileHandle, dataDir: string): Promise<void> {
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = await stat(dataDir);
  await file.chown(uid, gid);
}

/** Spawn options that run a program as `user`; undefined is our own user. */
export function runsAs(user: SystemUser | undefined): { uid?: number; gid?: number } {
  return user === undefined ? {} : { uid: user.uid, gid: user.gid };
}

/** Runs a program as `user` until it ends. Never throws: `output` has its output, or the error. */
export function runProgram(
  user: SystemUser | undefined,
  file: string,
  args: string[],
): Promise<{ ok: boolean; output: string }> {
  const settings = { cwd: "/", env: postgresEnvironment, ...runsAs(user) };
  return new Promise((resolve) => {
    execFile(file, args, settings, (error, stdout, stderr) => {
      const output = `${stdout}${stderr}`.trim();
      resolve({ ok: error === null, output: output || (error?.message ?? "") });
    });
  });
}

const enterEach = 'for folder; do cd "$folder" 2>/dev/null || { printf %s "$folder"; exit 1; }; done';

/** Refuses a folder that `user` cannot enter, naming the folder in the way. */
export async function requireReachable(user: SystemUser, folder: string): Promise<void> {
  const path = [folder];
  for (let at = folder; dirname(at) !== at; at = dirname(at)) path.unshift(dirname(at));
  const { ok, output } = await runProgram(user, "/bin/sh", ["-c", enterEach, "sh", ...path]);
  if (ok) return;
  throw new EmbeddedPostgresError(
    `PostgreSQL cannot run as root, so it runs as the system user ${user.name}, who cannot enter ` +
      `${output}. Set DATA_DIR to a folder that this user can reach, or run "chmod o+x ${output}", ` +
      "or start CiviKey as an ordinary user, or set DATABASE_URL to another database.",
  );
}
