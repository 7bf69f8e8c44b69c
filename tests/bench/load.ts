/**
 * The load run: 64 connections on two servers with one PostgreSQL, while keys are made, narrowed and
 * retired, PostgreSQL is stopped and crashes, its disk is full, and servers are killed. It counts wrong
 * answers and acknowledged writes that were lost.
 */
import { type LoadDatabase, openLoadDatabase } from "./load-database.ts";
import { disturb, type LoadServers } from "./load-disturbances.ts";
import { superviseServer } from "./load-servers.ts";
import { atMost, judge, type Measurement, type Outcome, rounded, type Scale } from "./measurement.ts";
import { prepareLoad, underLoad } from "./under-load.ts";

/** How often each disturbance happens, and how long the pause is before each. */
const full = { rounds: 3, pauseMs: 2_800 };
const quick = { rounds: 1, pauseMs: 1_200 };

const wrongAnswers = {
  name: "load run: wrong answers",
  against: "all answers",
  target: atMost(0),
};
const lostWrites = {
  name: "load run: acknowledged writes that were lost",
  against: "all acknowledged writes",
  target: atMost(0),
};
const endedServers = {
  name: "load run: servers that ended by themselves",
  against: "restarts and crashes of PostgreSQL",
  target: atMost(0),
};

/** About two minutes (quick: half a minute); then every key is tried once more on every server. */
export const load: Measurement = {
  comparisons: [wrongAnswers, lostWrites, endedServers],
  async measure(scale) {
    const database = await openLoadDatabase();
    const servers: Awaited<ReturnType<typeof superviseServer>>[] = [];
    try {
      await prepareLoad(database.connection);
      for (let count = 0; count < 2; count += 1) servers.push(await superviseServer(database.url));
      return judgeLoad(await runLoad(scale, database, servers));
    } finally {
      await Promise.all(servers.map((server) => server.stop()));
      await database.close();
    }
  },
};

/** Runs it, and collects the results. */
async function runLoad(scale: Scale, database: LoadDatabase, servers: LoadServers) {
  const { connection, troubles, fullDisk } = database;
  const { rounds, pauseMs } = scale.quick ? quick : full;
  const ports = servers.map(({ port }) => port);
  const found = await underLoad({ connection, troubles, ports }, async (signs) => {
    const disturbed = await disturb({ database, servers, signs, rounds, pauseMs });
    await Bun.sleep(2 * pauseMs);
    return disturbed;
  });
  return { ...found, troubles, fullDisk, ended: servers.reduce((sum, server) => sum + server.endedByItself(), 0) };
}

type Found = Awaited<ReturnType<typeof runLoad>>;

function judgeLoad(found: Found): Outcome[] {
  const { losses, troubles, happened: disturbed, ended } = found;
  const outages = troubles.outages.length;
  const counts = "highest";
  return [
    judge(wrongAnswers, {
      rounds: [found.wrong / found.answers],
      counts,
      figures: {
        ...found.figures,
        "restarts and crashes of PostgreSQL": outages,
        "servers killed": disturbed.kills,
        "longest time to recover, s": rounded(disturbed.longestRecovery),
        ...describeFullDisk(found),
      },
    }),
    judge(lostWrites, {
      rounds: [losses.lost / losses.acknowledged],
      counts,
      figures: { ...losses },
    }),
    judge(endedServers, { rounds: [ended / outages], counts, figures: { ended } }),
  ];
}

/** Throws when a full disk was noticed by no one: then it wasn't full. */
function describeFullDisk(found: Found): Record<string, number | string> {
  const { fullDisk, troubles, happened: disturbed, changes, withoutRoom } = found;
  if (typeof fullDisk === "string") {
    return { "times the disk was full": `0: none can be made full here (${fullDisk})` };
  }
  const denied = changes.get("503, the disk is full") ?? 0;
  if (denied === 0 || withoutRoom === 0) throw new Error("a full disk has refused nothing");
  const crashes = troubles.outages.filter(({ fromMs }) =>
    troubles.fullTimes.some((time) => fromMs >= time.fromMs && fromMs <= time.untilMs),
  );
  return {
    "times the disk was full": troubles.fullTimes.length,
    "PostgreSQL ended over it": crashes.length,
    "writes that found no room": withoutRoom + denied,
    "longest time from room until all works, s": rounded(disturbed.longestAfterFullDisk ?? 0),
  };
}
