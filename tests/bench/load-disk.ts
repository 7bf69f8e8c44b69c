/** Makes the disk of the load run's PostgreSQL full for a while, and sees when PostgreSQL ends over it. */
import { connect, type DatabaseTarget } from "../../src/db/client.ts";
import { withinMs } from "../../src/lib/limits/deadline.ts";
import type { SmallDisk } from "../support/small-disk.ts";
import { openSpan, type Span, type Troubles } from "./load-ledger.ts";

/** How to fill it. Both return when there is room again and PostgreSQL answers: the time at which the room came. */
export interface FullDisk {
  /** No room until three seconds after it was felt: nothing that needs a new page can be stored. */
  endure(options: { isFelt: () => boolean }): Promise<number>;
  /** No room for the log (WAL) either: PostgreSQL ends, and cannot start again for three seconds. */
  endureCrash(): Promise<number>;
}

const fullMs = 3_000;
const pollMs = 10;
const answerWithinMs = 2_000;
const changesWithinMs = 120_000;
const logBytes = 1_000_000;

/** `troubles` hears of the times without room, and of those without PostgreSQL. */
export function openFullDisk(input: {
  disk: SmallDisk;
  target: DatabaseTarget;
  troubles: Troubles;
}): FullDisk {
  const { disk, target, troubles } = input;

  async function during(
    endure: (watch: ReturnType<typeof watchPostgres>) => Promise<void>,
  ): Promise<number> {
    const watch = watchPostgres(target, troubles.outages);
    try {
      const full = openSpan();
      troubles.fullTimes.push(full);
      await disk.fill();
      await endure(watch);
      await Bun.sleep(fullMs);
      await disk.makeRoom();
      full.untilMs = performance.now();
      await waitUntil("PostgreSQL to come back", () => !watch.isAway());
      return full.untilMs;
    } finally {
      await watch.stop();
    }
  }

  return {
    // The pages that are there have room for a while. Should PostgreSQL need room for its log first, that is felt, too.
    endure: ({ isFelt }) =>
      during(({ isAway }) => waitUntil("the full disk to be felt", () => isFelt() || isAway())),
    endureCrash: () => during(({ isAway }) => writeLogUntilItEnds(target, isAway)),
  };
}

/** Asks all the time; a session that is another one than before has missed an end that was too short to be met. */
function watchPostgres(target: DatabaseTarget, outages: Span[]) {
  const { client, close } = connect(target, { connectionsMax: 1 });
  let isOver = false;
  let session: number | undefined;
  let thereMs = performance.now();
  let outage: Span | undefined;

  async function look(): Promise<void> {
    const askedMs = performance.now();
    const found = await findSession();
    if (session !== undefined && found !== session && outage === undefined) {
      outage = openSpan(thereMs);
      outages.push(outage);
    }
    if (found === undefined) return;
    session = found;
    thereMs = askedMs;
    if (outage !== undefined) outage.untilMs = performance.now();
    outage = undefined;
  }

  async function findSession(): Promise<number | undefined> {
    try {
      const asked = client<{ pid: number }[]>`select pg_backend_pid() as pid`;
      const [row] = await withinMs(asked, answerWithinMs);
      return row?.pid;
    } catch {
      // It is away.
      return undefined;
    }
  }

  async function watch(): Promise<void> {
    while (!isOver) {
      await look();
      await Bun.sleep(pollMs);
    }
  }

  const watching = watch();
  return {
    isAway: () => outage !== undefined,
    async stop() {
      isOver = true;
      await watching;
      await close();
    },
  };
}

/** Fills the segments of the log that are there, as any large transaction would: the next one finds no room. */
async function writeLogUntilItEnds(target: DatabaseTarget, hasEnded: () => boolean): Promise<void> {
  const { client, close } = connect(target, { connectionsMax: 1 });
  await waitUntil("PostgreSQL to end", async () => {
    if (hasEnded()) return true;
    try {
      await client`select pg_logical_emit_message(false, 'load run', repeat('x', ${logBytes}))`;
    } catch {
      // It is ending, or there is another reason, which time will tell.
    }
    return false;
  });
  await close();
}

async function waitUntil(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + changesWithinMs;
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(`waited in vain for ${what}`);
    await Bun.sleep(pollMs);
  }
}
