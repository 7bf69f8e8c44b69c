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

const wrongAnswers = { name: "failover: wrong answers", against: "all answers", target: atMost(0) };
const lostWrites = {
  name: "failover: acknowledged writes that were lost",
  against: "all acknowledged writes",
  target: atMost(0),
};
const recovery = { name: "failover: seconds until all works again", against: "a second", target: null };

/** About six minutes; quick, half of that. */
export const failover: Measurement = {
  comparisons: [wrongAnswers, lostWrites, recovery],
  async measure(scale) {
    const missing = await findMissingPrograms();
    if (missing.length > 0) throw new Error(`it needs ${missing.join(", ")} from Debian's packages`);
    const cluster = await startFailoverCluster();
    const { throughProxy, severalHosts } = cluster.urls;
    const connection = connect(throughProxy, { connectionsMax: 20 });
    const servers: Awaited<ReturnType<typeof startProductServer>>[] = [];
    try {
      await migrateDatabase(throughProxy);
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

async function runFailovers(input: {
  scale: Scale;
  cluster: FailoverCluster;
  connection: Connection;
  ports: readonly number[];
}): Promise<Outcome[]> {
  const { scale, cluster, connection, ports } = input;
  const troubles: Troubles = { outages: [], fullTimes: [] };
  const found = await underLoad({ connection, troubles, ports }, async (signs) => {
    const seconds: Record<string, number[]> = { crash: [], "crash of PostgreSQL": [], switchover: [] };
    /** Does it, and times until both servers answer rightly and every kind of write is stored. */
    const endure = async (kind: keyof typeof seconds, happen: () => Promise<void>) => {
      await Bun.sleep(3_000);
      const outage = openSpan();
      troubles.outages.push(outage);
      await happen();
      const sinceMs = performance.now();
      await cluster.findPrimary();
      await recover(signs, ports, sinceMs);
      outage.untilMs = performance.now();
      seconds[kind]?.push((outage.untilMs - sinceMs) / 1000);
      await cluster.repair();
    };
    const crashAfterCut = async (cutMs: number) => {
      await cluster.cutReplication();
      await Bun.sleep(cutMs);
      await cluster.crash(await cluster.findPrimary());
    };
    for (let round = 0; round < (scale.quick ? 1 : 3); round += 1) {
      await endure("switchover", cluster.switchOver);
      await endure("crash", () => crashAfterCut(shortCutMs));
      await endure("crash of PostgreSQL", async () => cluster.crashPostgres(await cluster.findPrimary()));
    }
    await endure("crash", () => crashAfterCut(longCutMs));
    return seconds;
  });
  const all = Object.values(found.happened).flat();
  const each = Object.entries(found.happened).map(([kind, list]) => [`${kind}, s`, list.map(rounded).join(", ")]);
  return [
    judge(wrongAnswers, { rounds: [found.wrong / found.answers], counts: "highest", figures: found.figures }),
    judge(lostWrites, {
      rounds: [found.losses.lost / found.losses.acknowledged],
      counts: "highest",
      figures: { ...found.losses },
    }),
    judge(recovery, { rounds: all, figures: Object.fromEntries(each) }),
  ];
}

async function recover(signs: SignsOfLife, ports: readonly number[], sinceMs: number): Promise<void> {
  const haveAnswered = () => ports.every((port) => signs.lastRightMs(port) > sinceMs);
  await waitUntil("right answers of both servers", haveAnswered, recoverWithinMs);
  await waitUntil("every kind of write", () => signs.allStoredMs() > sinceMs, recoverWithinMs);
}
