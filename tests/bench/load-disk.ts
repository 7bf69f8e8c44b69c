/** Fills the disk of the load run's PostgreSQL for a while, and notices when PostgreSQL exits because of it. */
import { connect, type DatabaseTarget } from "../../src/db/client.ts";
import { withinMs } from "../../src/lib/limits/deadline.ts";
import type { SmallDisk } from "../support/small-disk.ts";
import { openSpan, type Span, type Troubles } from "./load-ledger.ts";
import { waitUntil } from "./wait-until.ts";

/** Ways to fill it. Both return once there is room again and PostgreSQL answers, with the time since when there is room. */
export interface FullDisk {
  /** No room until three seconds after the first failure: nothing that needs a new page can be stored. */
  endure(options: { isFelt: () => boolean }): Promise<number>;
  /** No room for the log (WAL) either: PostgreSQL ends, and cannot start again for three seconds. */
  endureCrash(): Promise<number>;
}

const fullMs = 3_000;
const pollMs = 10;
const answerWithinMs = 2_000;
const changesWithinMs = 120_000;
const logBytes = 1_000_000;

/** Adds the times without room and those without PostgreSQL to `troubles`. */
export function openFullDisk(input: { disk: SmallDisk; target: DatabaseTarget; troubles: Troubles }): FullDisk {
  const { disk, target, troubles } = input;

  async function during(endure: (watch: ReturnType<typeof watchPostgres>) => Promise<void>): Promise<number> {
    const watch = watchPostgres(target, troubles.outages);
    try {
      const full = openSpan();
      troubles.fullTimes.push(full);
      await disk.fill();
      await endure(watch);
      await Bun.sleep(fullMs);
      await disk.makeRoom();
      full.untilMs = performance.now();
      await waitUntil("PostgreSQL to come back", () => !watch.isAway(), changesWithinMs);
      return full.untilMs;
    } finally {
      await watch.stop();
    }
  }

  return {
    // Existing pages have room for a while. If PostgreSQL needs room for its log first, that is noticed, too.
    endure: ({ isFelt }) =>
      during(({ isAway }) => waitUntil("the full disk to be noticed", () => isFelt() || isAway(), changesWithinMs)),
    endureCrash: () => during(({ isAway }) => writeLogUntilItEnds(target, isAway)),
  };
}

/** Asks all the time; a different session than before means PostgreSQL was gone too briefly to be noticed. */
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

/** Fills the existing segments of the log, as any large transaction would: the next one finds no room. */
async function writeLogUntilItEnds(target: DatabaseTarget, hasEnded: () => boolean): Promise<void> {
  const { client, close } = connect(target, { connectionsMax: 1 });
  const writeMore = async () => {
    if (hasEnded()) return true;
    try {
      await client`select pg_logical_emit_message(false, 'load run', repeat('x', ${logBytes}))`;
    } catch {
      // It is exiting, or there is another reason; the next query will tell.
    }
    return false;
  };
  await waitUntil("PostgreSQL to end", writeMore, changesWithinMs);
  await close();
}
