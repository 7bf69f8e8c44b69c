/**
 * The failover run: the load run's callers, admin and writers on two servers and a cluster of three machines
 * with Patroni, one server behind HAProxy and one with all hosts in its URL. The primary crashes, its PostgreSQL
 * crashes, and an operator moves it. It needs Debian's patroni, etcd-server, haproxy and postgresql.
 */
import { type Connection, connect } from "../../src/db/client.ts";
import { migrateDatabase } from "../../src/db/migrate.ts";
import { startProductServer } from "./bench-process.ts";
import { type FailoverCluster, findMissingPrograms, startFailoverCluster } from "./failover-cluster.ts";
import type { SignsOfLife } from "./load-disturbances.ts";
import { openSpan, type Troubles } from "./load-ledger.ts";
import { atMost, judge, type Measurement, type Outcome, rounded, type Scale } from "./measurement.ts";
import { prepareLoad, underLoad } from "./under-load.ts";
import { waitUntil } from "./wait-until.ts";

const recoverWithinMs = 120_000;
/** Longer than any statement may take, so that PostgreSQL ends statements that wait for a replica. */
const longCutMs = 36_000;
const shortCutMs = 1_000;
const pauseMs = 3_000;

const wrongAnswers = { name: "failover: wrong answers", against: "all answers", target: atMost(0) };
const lostWrites = {
  name: "failover: acknowledged writes that were lost",
  against: "all acknowledged writes",
  target: atMost(0),
};
const recovery = { name: "failover: seconds until all works again", against: "one second", target: null };

const asynchronous = {
  name: "failover with asynchronous replication: acknowledged writes that were lost",
  against: "all acknowledged writes, one crash",
  target: null,
};

type Trouble = "crash" | "crash of PostgreSQL" | "switchover";

interface FailoverSystem {
  readonly cluster: FailoverCluster;
  readonly connection: Connection;
  readonly ports: readonly number[];
}

/** About ten minutes; quick, six. */
export const failover: Measurement = {
  comparisons: [wrongAnswers, lostWrites, recovery, asynchronous],
  async measure(scale) {
    const missing = await findMissingPrograms();
    if (missing.length > 0) {
      console.log(`\nfailover is skipped: it needs ${missing.join(", ")} from Debian's packages`);
      return [];
    }
    const cluster = await startFailoverCluster();
    const { throughProxy, severalHosts, owner } = cluster.urls;
    const connection = connect(throughProxy, { connectionsMax: 20 });
    const servers: Awaited<ReturnType<typeof startProductServer>>[] = [];
    try {
      await migrateDatabase(owner, { grantTo: "civikey" });
      await prepareLoad(connection);
      for (const url of [throughProxy, severalHosts]) servers.push(await startProductServer(url));
      return await runFailovers({ scale, cluster, connection, ports: servers.map(({ port }) => port) });
    } finally {
      await Promise.all(servers.map((server) => server.stop()));
      await connection.close();
      await cluster.close();
    }
  },
};

/** Crashes of the whole cluster's kinds, then one without synchronous replication, to tell what that would lose. */
async function runFailovers(system: FailoverSystem & { scale: Scale }): Promise<Outcome[]> {
  const { cluster, scale } = system;
  const seconds: Record<Trouble, number[]> = { crash: [], "crash of PostgreSQL": [], switchover: [] };
  const crashAfterCut = async (cutMs: number) => {
    await cluster.cutReplication();
    await Bun.sleep(cutMs);
    await cluster.crash(await cluster.findPrimary());
  };
  const found = await failOver(system, async (endure) => {
    for (let round = 0; round < (scale.quick ? 1 : 3); round += 1) {
      seconds.switchover.push(await endure(cluster.switchOver));
      seconds.crash.push(await endure(() => crashAfterCut(shortCutMs)));
      seconds["crash of PostgreSQL"].push(await endure(async () => cluster.crashPostgres(await cluster.findPrimary())));
    }
    seconds.crash.push(await endure(() => crashAfterCut(longCutMs)));
  });
  await cluster.replicateAsynchronously();
  const careless = await failOver(system, async (endure) => {
    await endure(() => crashAfterCut(shortCutMs));
  });
  const lists = Object.entries(seconds).map(([kind, list]) => [`${kind}, s`, list.map(rounded).join(", ")]);
  return [
    judge(wrongAnswers, { rounds: [found.wrong / found.answers], counts: "highest", figures: found.figures }),
    judge(lostWrites, { rounds: [shareLost(found)], counts: "highest", figures: { ...found.losses } }),
    judge(recovery, { rounds: Object.values(seconds).flat(), figures: Object.fromEntries(lists) }),
    judge(asynchronous, {
      rounds: [shareLost(careless)],
      figures: { ...careless.losses, "wrong answers once all was well again": careless.figures["wrong then"] },
    }),
  ];
}

/** Puts the system under load; `happen` has each trouble endured, which returns the seconds until all works again. */
function failOver(
  { cluster, connection, ports }: FailoverSystem,
  happen: (endure: (trouble: () => Promise<void>) => Promise<number>) => Promise<void>,
) {
  const troubles: Troubles = { outages: [], fullTimes: [] };
  return underLoad({ connection, troubles, ports }, (signs) =>
    happen(async (trouble) => {
      await Bun.sleep(pauseMs);
      const outage = openSpan();
      troubles.outages.push(outage);
      await trouble();
      const sinceMs = performance.now();
      await cluster.findPrimary();
      await recover(signs, ports, sinceMs);
      outage.untilMs = performance.now();
      await cluster.repair();
      return (outage.untilMs - sinceMs) / 1000;
    }),
  );
}

function shareLost({ losses }: Awaited<ReturnType<typeof failOver>>): number {
  return losses.lost / losses.acknowledged;
}

async function recover(signs: SignsOfLife, ports: readonly number[], sinceMs: number): Promise<void> {
  const haveAnswered = () => ports.every((port) => signs.lastRightMs(port) > sinceMs);
  await waitUntil("right answers of both servers", haveAnswered, recoverWithinMs);
  await waitUntil("every kind of write", () => signs.allStoredMs() > sinceMs, recoverWithinMs);
}
