/** The postmaster, PostgreSQL's main process: finding, starting and stopping the one of a cluster. */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { constants, lchown, lstat, mkdir, open, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Cluster } from "./cluster.ts";
import { EmbeddedPostgresError } from "./report.ts";
import { giveToOwner, postgresEnvironment, runProgram, runsAs } from "./user.ts";

/** What `postmaster.pid` says. The file survives a crash, so the process may be gone or a different one. */
interface Postmaster {
  readonly pid: number;
  readonly port: number;
  /** Where its socket is; undefined while it starts. */
  readonly socketFolder: string | undefined;
}

const pollMs = 25;
const stopTimeoutMs = 60_000;
const port = 5432;
const socketPathBytesMax = process.platform === "darwin" ? 103 : 107;

/** Reads `postmaster.pid` (PostgreSQL's `miscadmin.h` lists its lines); undefined without one. */
export async function readPostmaster(clusterFolder: string): Promise<Postmaster | undefined> {
  const text = await readFile(join(clusterFolder, "postmaster.pid"), "utf8").catch(() => "");
  const [pid = "", , , portLine = "", socketFolder] = text.split("\n");
  if (!/^\d+$/.test(pid)) return undefined;
  return { pid: Number(pid), port: Number(portLine), socketFolder: socketFolder || undefined };
}

/**
 * Whether the process is this cluster's postmaster. After a reboot or a container restart another process
 * can have its number. A zombie has no command line.
 */
export async function isRunning(clusterFolder: string, { pid }: Postmaster): Promise<boolean> {
  const commandLine =
    process.platform === "linux"
      ? await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")
      : (await runProgram(undefined, "/bin/ps", ["-ww", "-o", "command=", "-p", `${pid}`])).output;
  const words = commandLine.replaceAll("\0", " ");
  return words.includes("postgres -D ") && words.includes(` ${clusterFolder} `);
}

/**
 * Starts PostgreSQL in a session of its own, out of reach of a Ctrl-C meant for us. `stale` is what a dead
 * postmaster left behind. Returns once it has a socket, though it may still be recovering. Returns the
 * reason to try again when another process was faster or an old PostgreSQL is not quite gone. Throws with
 * the end of the log.
 */
export async function startPostmaster(cluster: Cluster, stale: Postmaster | undefined): Promise<string | undefined> {
  const socketFolder = await prepareSocketFolder(cluster);
  const { O_APPEND, O_CREAT, O_NOFOLLOW, O_WRONLY } = constants;
  const log = await open(cluster.logFile, O_APPEND | O_CREAT | O_NOFOLLOW | O_WRONLY, 0o600);
  try {
    await giveToOwner(log, cluster.dataDir);
    const { size: logStart } = await log.stat();
    const child = spawn(cluster.binaries.postgres, postgresArguments(cluster, socketFolder), {
      cwd: "/",
      env: {
        ...postgresEnvironment,
        // PostgreSQL takes any living process with the number in `postmaster.pid` for its predecessor,
        // except an ancestor. It still makes sure that nobody uses the predecessor's shared memory.
        ...(stale !== undefined && { PG_GRANDPARENT_PID: String(stale.pid) }),
      },
      ...runsAs(cluster.user),
      detached: true,
      stdio: ["ignore", log.fd, log.fd],
    });
    let ended: string | undefined;
    child.on("error", (error) => {
      ended = error.message;
    });
    child.on("exit", (code, signal) => {
      ended = `It ended with ${code ?? signal}.`;
    });
    child.unref();
    while (ended === undefined) {
      const current = await readPostmaster(cluster.folder);
      if (current?.pid === child.pid && current?.socketFolder !== undefined) return undefined;
      await sleep(pollMs);
    }
    const said = (await Bun.file(cluster.logFile).slice(logStart).text()).trim();
    const rivalry = rivalMessage.exec(said);
    if (rivalry !== null) return rivalry[0];
    throw new EmbeddedPostgresError(
      `PostgreSQL did not start on ${cluster.folder}. ${ended} Its log ${cluster.logFile} says:\n${said}`,
    );
  } finally {
    await log.close();
  }
}

const rivalMessage = /.*(lock file ".*" (already exists|is empty)|could not remove old lock file|is still in use).*/;

/** Settings on the command line override the cluster's files. */
function postgresArguments(cluster: Cluster, socketFolder: string): string[] {
  const settings = {
    listen_addresses: "",
    port,
    unix_socket_directories: socketFolder,
    unix_socket_permissions: "0700",
    timezone: "UTC",
    log_timezone: "UTC",
    log_destination: "stderr",
    logging_collector: "off",
    log_checkpoints: "off",
    // No statements and no details: both contain values, such as an applicant's address.
    log_error_verbosity: "terse",
    log_min_error_statement: "panic",
  };
  const options = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  return ["-D", cluster.folder, ...options];
}

/**
 * The cluster's own folder, which is private. If its path is too long for a socket or has a comma (a
 * separator to PostgreSQL and the driver), a private temporary folder: always the same, so that clients
 * find a restarted PostgreSQL.
 */
async function prepareSocketFolder(cluster: Cluster): Promise<string> {
  if (fits(cluster.folder)) return cluster.folder;
  const name = `civikey-${createHash("sha256").update(cluster.folder).digest("hex").slice(0, 16)}`;
  const folder = join(tmpdir(), name);
  if (!fits(folder)) {
    throw new EmbeddedPostgresError(
      `The paths ${cluster.folder} and ${folder} are too long for a socket. Set DATA_DIR or TMPDIR to ` +
        "a shorter path without a comma, or set DATABASE_URL to another database.",
    );
  }
  await mkdir(folder, { mode: 0o700 }).catch(() => {});
  const found = await lstat(folder);
  const owners = [process.getuid?.(), cluster.user?.uid];
  if (!found.isDirectory() || !owners.includes(found.uid) || (found.mode & 0o077) !== 0) {
    throw new EmbeddedPostgresError(
      `${folder}, where the socket belongs, is not private. Remove it, or set DATA_DIR or TMPDIR to a ` +
        "shorter path.",
    );
  }
  if (cluster.user !== undefined) await lchown(folder, cluster.user.uid, cluster.user.gid);
  return folder;
}

function fits(folder: string): boolean {
  const path = join(folder, `.s.PGSQL.${port}`);
  return Buffer.byteLength(path) <= socketPathBytesMax && !path.includes(",");
}

/** Stops PostgreSQL (a fast shutdown: connections are cut, nothing is lost) and waits until it is down. */
export async function stopPostmaster(cluster: Cluster): Promise<void> {
  const postmaster = await readPostmaster(cluster.folder);
  if (postmaster === undefined) return;
  trySignal(postmaster.pid, "SIGINT");
  const deadline = Date.now() + stopTimeoutMs;
  while (await isStillThere(cluster.folder, postmaster)) {
    if (Date.now() > deadline) {
      throw new EmbeddedPostgresError(
        `PostgreSQL (process ${postmaster.pid}) did not stop within ${stopTimeoutMs / 1000} seconds. ` +
          `See ${cluster.logFile}.`,
      );
    }
    await sleep(pollMs);
  }
}

/** True until it has exited and removed its file. After a crash the file stays. */
async function isStillThere(clusterFolder: string, postmaster: Postmaster): Promise<boolean> {
  if (await isRunning(clusterFolder, postmaster)) return true;
  const current = await readPostmaster(clusterFolder);
  return current?.pid === postmaster.pid && trySignal(postmaster.pid, 0);
}

/** Signal 0 only checks. False when there is no such process. */
function trySignal(pid: number, signal: "SIGINT" | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}
