/** What happens to PostgreSQL, its disk and the servers during the load run, in turn, and how long they take to recover. */
import type { LoadDatabase } from "./load-database.ts";
import type { FullDisk } from "./load-disk.ts";
import type { superviseServer } from "./load-servers.ts";
import { waitUntil } from "./wait-until.ts";

/** The two servers of the load run. */
export type LoadServers = readonly Awaited<ReturnType<typeof superviseServer>>[];

/** Since when everything that must recover has worked without a break, as `performance.now()`. */
export interface SignsOfLife {
  /** When the latest correctly answered call was sent, so that late answers from a dead server don't count. */
  lastRightMs(port: number): number;
  /** The latest write of each kind; of these the oldest. */
  allStoredMs(): number;
  /** How often an admin saw that the disk is full. */
  denials(): number;
}

/** What happened, and the longest recovery in seconds; undefined if nothing had to recover. */
export interface Disturbed {
  readonly kills: number;
  /** Until both servers answered correctly. */
  readonly longestRecovery: number;
  /** After a full disk: until every kind of write was stored, too, and both servers were ready. */
  readonly longestAfterFullDisk: number | undefined;
}

const recoveryMs = 30_000;

/** Does everything `rounds` times, with a pause before each. Throws if something does not recover. */
export async function disturb(input: {
  database: LoadDatabase;
  servers: LoadServers;
  signs: SignsOfLife;
  rounds: number;
  pauseMs: number;
}): Promise<Disturbed> {
  const { database, servers, signs, rounds, pauseMs } = input;
  const { fullDisk } = database;
  const ports = servers.map(({ port }) => port);
  const recoveries: number[] = [];
  const recoveriesAfterFullDisk: number[] = [];
  let kills = 0;

  async function answer(sinceMs = performance.now()): Promise<void> {
    const haveAnswered = () => ports.every((port) => signs.lastRightMs(port) > sinceMs);
    await waitUntil("right answers of every server", haveAnswered, recoveryMs);
    recoveries.push(secondsSince(sinceMs));
  }

  async function restart(signal: "SIGINT" | "SIGQUIT"): Promise<void> {
    await database.restart(signal);
    await answer();
  }

  async function kill(index: number): Promise<void> {
    servers[index]?.kill();
    kills += 1;
    await answer();
  }

  async function fill(endured: Promise<number>): Promise<void> {
    const roomMs = await endured;
    await answer(roomMs);
    await waitUntil("every kind of write", () => signs.allStoredMs() > roomMs, recoveryMs);
    await waitUntil("/readyz", () => areReady(ports), recoveryMs);
    recoveriesAfterFullDisk.push(secondsSince(roomMs));
  }

  function fillings(disk: FullDisk) {
    return [
      () => {
        const denials = signs.denials();
        return fill(disk.endure({ isFelt: () => signs.denials() > denials }));
      },
      () => fill(disk.endureCrash()),
    ];
  }

  const disturbances = [
    () => restart("SIGINT"),
    () => kill(1),
    () => restart("SIGQUIT"),
    () => kill(0),
    ...(typeof fullDisk === "string" ? [] : fillings(fullDisk)),
  ];
  for (let round = 0; round < rounds; round += 1) {
    for (const happen of disturbances) {
      await Bun.sleep(pauseMs);
      await happen();
    }
  }
  return {
    kills,
    longestRecovery: Math.max(...recoveries),
    longestAfterFullDisk: recoveriesAfterFullDisk.length > 0 ? Math.max(...recoveriesAfterFullDisk) : undefined,
  };
}

function secondsSince(ms: number): number {
  return (performance.now() - ms) / 1000;
}

async function areReady(ports: readonly number[]): Promise<boolean> {
  const statuses = await Promise.all(
    ports.map(async (port) => (await fetch(`http://127.0.0.1:${port}/readyz`)).status),
  );
  return statuses.every((status) => status === 200);
}
