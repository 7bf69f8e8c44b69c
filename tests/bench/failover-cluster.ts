/** Three machines with etcd, Patroni and PostgreSQL, and HAProxy in front, set up as docs/high-availability.md says. */
import { spawn } from "node:child_process";
import { chown, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { $ } from "bun";
import postgres from "postgres";
import { findPostgresUser, runsAs } from "../../src/db/embedded/user.ts";
import { findDebianPostgres } from "../support/debian-postgres.ts";
import { findFreePort } from "./bench-process.ts";
import { addressOf, type Machine, machines, readGuide } from "./failover-guide.ts";
import { waitUntil } from "./wait-until.ts";

const passwords = { superuser: "superuser", replication: "replication", civikey: "civikey" };
const patienceMs = 120_000;
const checkedWithinMs = 3_000;
const environment = { PATH: `${process.env.PATH ?? ""}:/usr/bin:/usr/sbin` };

/** A cluster that runs. */
export interface FailoverCluster {
  /** Its database, as CiviKey is told of it. */
  readonly urls: { readonly throughProxy: string; readonly severalHosts: string; readonly owner: string };
  findPrimary(): Promise<Machine>;
  /** A machine goes away at once: etcd, Patroni and PostgreSQL. */
  crash(machine: Machine): Promise<void>;
  /** Only its PostgreSQL crashes. */
  crashPostgres(machine: Machine): Promise<void>;
  /** Starts what has crashed, and returns when all three are there and one has every write. */
  repair(): Promise<void>;
  /** Makes another machine the primary, as an operator does before maintenance. */
  switchOver(): Promise<void>;
  /** The primary sends its replicas nothing more, as over a network that has broken. */
  cutReplication(): Promise<void>;
  /** From now on writes wait for no replica. */
  replicateAsynchronously(): Promise<void>;
  close(): Promise<void>;
}

/** The programs that it needs and that are missing here. */
export async function findMissingPrograms(): Promise<string[]> {
  const missing = ["patroni", "etcd", "haproxy"].filter((name) => Bun.which(name, environment) === null);
  return (await findDebianPostgres()) === undefined ? [...missing, "postgresql"] : missing;
}

/** Starts one, with a role and an empty database for CiviKey. */
export async function startFailoverCluster(): Promise<FailoverCluster> {
  const user = await findPostgresUser([]);
  const folder = await mkdtemp(join(tmpdir(), "civikey-failover-"));
  const proxyPort = findFreePort();
  const guide = await readGuide({ folder, proxyPort, passwords });
  const running = new Map<string, () => void>();
  let isSynchronous = true;

  async function start(name: string, program: string, args: readonly string[], env: Record<string, string> = {}) {
    const file = Bun.which(program, environment);
    if (file === null) throw new Error(`${program} is not there`);
    const stderr = process.env.BENCH_LOG === undefined ? "ignore" : "inherit";
    const child = spawn(file, args, {
      cwd: folder,
      env: { ...environment, ...env },
      stdio: ["ignore", "ignore", stderr],
      ...runsAs(user),
    });
    running.set(name, () => child.kill("SIGKILL"));
    child.on("exit", () => running.delete(name));
  }

  async function write(name: string, text: string): Promise<string> {
    const path = join(folder, name);
    await writeFile(path, text, { mode: 0o600 });
    await give(path);
    return path;
  }

  async function give(path: string): Promise<void> {
    if (user) await chown(path, user.uid, user.gid);
  }

  async function startMachine(machine: Machine): Promise<void> {
    if (!running.has(`etcd ${machine}`))
      await start(`etcd ${machine}`, "etcd", ["--log-level", "error"], guide.etcd(machine));
    if (running.has(`patroni ${machine}`)) return;
    await start(`patroni ${machine}`, "patroni", [await write(`${machine}.yml`, guide.patroni(machine))]);
  }

  const patroni = (machine: Machine, path: string, options: RequestInit = {}) =>
    fetch(`http://${addressOf(machine)}:8008/${path}`, { signal: AbortSignal.timeout(patienceMs), ...options });

  async function find(role: "primary" | "replica" | "sync"): Promise<Machine[]> {
    const statuses = await Promise.all(
      machines.map(async (machine) => {
        const signal = AbortSignal.timeout(3_000);
        // No answer is one, too: nothing of that role is there.
        return (await patroni(machine, role, { signal }).catch(() => undefined))?.status;
      }),
    );
    return machines.filter((_, index) => statuses[index] === 200);
  }

  async function findPrimary(): Promise<Machine> {
    await waitUntil("a primary", async () => (await find("primary")).length === 1, patienceMs);
    const [primary] = await find("primary");
    return primary ?? findPrimary();
  }

  async function send(method: string, path: string, body: unknown): Promise<void> {
    const answer = await patroni(await findPrimary(), path, { method, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`Patroni: ${answer.status} ${await answer.text()}`);
  }

  async function repair(): Promise<void> {
    for (const machine of machines) await startMachine(machine);
    await findPrimary();
    await waitUntil("two replicas", async () => (await find("replica")).length === 2, patienceMs);
    if (isSynchronous)
      await waitUntil("a synchronous replica", async () => (await find("sync")).length > 0, patienceMs);
  }

  const signalPostgres = async (machine: Machine, signal: NodeJS.Signals, role?: string) => {
    for (const pid of await findPostgres(guide.dataOf(machine), role)) {
      // Its other processes end by themselves once the first has ended.
      await $`kill -s ${signal.slice(3)} ${pid}`.nothrow().quiet();
    }
  };

  async function crash(machine: Machine): Promise<void> {
    for (const program of ["patroni", "etcd"]) running.get(`${program} ${machine}`)?.();
    await signalPostgres(machine, "SIGKILL");
  }

  async function close(): Promise<void> {
    for (const machine of machines) await crash(machine);
    for (const end of running.values()) end();
    await waitUntil("the end of all programs", () => running.size === 0, patienceMs);
    await rm(folder, { recursive: true, force: true });
  }

  try {
    await give(folder);
    await $`bash -c ${guide.certificates()}`.cwd(folder).quiet();
    for (const machine of machines) await give(join(folder, `${machine}.key`));
    for (const machine of machines) {
      await mkdir(join(folder, machine));
      await give(join(folder, machine));
    }
    await repair();
    await makeDatabase(await findPrimary(), guide.database());
    await start("haproxy", "haproxy", ["-db", "-f", await write("haproxy.cfg", guide.haproxy())]);
    // It sends connections anywhere until it has asked each machine twice.
    await Bun.sleep(checkedWithinMs);
    await waitUntil("the primary behind HAProxy", () => leadsToPrimary(proxyPort), patienceMs);
  } catch (error) {
    await close();
    throw error;
  }
  const account = `postgres://civikey:${passwords.civikey}`;
  const tls = `sslmode=verify-full&sslrootcert=${join(folder, "ca.crt")}`;
  const throughProxy = `${account}@127.0.0.1:${proxyPort}/civikey?${tls}`;
  return {
    urls: {
      throughProxy,
      owner: throughProxy.replace("civikey:", "civikey_owner:"),
      severalHosts: `${account}@${machines.map(addressOf)}/civikey?target_session_attrs=read-write&${tls}`,
    },
    findPrimary,
    crash,
    crashPostgres: (machine) => signalPostgres(machine, "SIGKILL"),
    repair,
    switchOver: async () => send("POST", "switchover", { leader: await findPrimary() }),
    cutReplication: async () => signalPostgres(await findPrimary(), "SIGSTOP", "walsender"),
    async replicateAsynchronously() {
      isSynchronous = false;
      await send("PATCH", "config", { synchronous_mode: false, synchronous_mode_strict: false });
      await waitUntil("asynchronous replication", async () => (await find("sync")).length === 0, patienceMs);
    },
    close,
  };
}

/** As the guide says. */
async function makeDatabase(primary: Machine, statements: readonly string[]): Promise<void> {
  const account = { host: addressOf(primary), username: "postgres", password: passwords.superuser };
  const superuser = postgres({ ...account, database: "postgres", ssl: "prefer", max: 1 });
  for (const statement of statements) await superuser.unsafe(statement);
  await superuser.end();
}

async function leadsToPrimary(port: number): Promise<boolean> {
  const account = { username: "civikey", password: passwords.civikey, database: "civikey", ssl: "prefer" as const };
  const client = postgres({ ...account, host: "127.0.0.1", port, max: 1, connect_timeout: 2 });
  try {
    const [row] = await client`select pg_is_in_recovery() as is_replica`;
    return row?.is_replica === false;
  } catch {
    // Not yet.
    return false;
  } finally {
    await client.end({ timeout: 1 });
  }
}

/** The processes of the PostgreSQL in `dataFolder`; with `role`, those that do that. */
async function findPostgres(dataFolder: string, role?: string): Promise<number[]> {
  const lock = await readFile(join(dataFolder, "postmaster.pid"), "utf8").catch(() => "");
  const postmaster = Number(lock.split("\n")[0]);
  if (postmaster === 0) return [];
  const found: number[] = [];
  for (const pid of (await readdir("/proc")).map(Number).filter(Number.isInteger)) {
    const status = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
    const parent = Number(status.slice(status.lastIndexOf(")") + 2).split(" ")[1]);
    const isOurs = pid === postmaster || parent === postmaster;
    if (!isOurs || !status.includes("(postgres)")) continue;
    const title = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
    if (role === undefined || title.includes(role)) found.push(pid);
  }
  return found;
}
