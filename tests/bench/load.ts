/**
 * The load run: 64 connections on two servers with one PostgreSQL, while keys are made, narrowed and
 * retired, PostgreSQL is stopped and crashes, its disk is full, and servers are killed. It counts wrong
 * answers and acknowledged writes that were lost.
 */
import { createAdmin } from "../../src/domain/access/people/create.ts";
import { importProgram } from "../../src/domain/programs/import.ts";
import { Secret } from "../../src/lib/secrets/secret.ts";
import { actor, password, programExport } from "../support/factories.ts";
import { signInTo } from "./admin-list.ts";
import { openLoadAdmin } from "./load-admin.ts";
import { startCallers } from "./load-callers.ts";
import { type LoadDatabase, openLoadDatabase } from "./load-database.ts";
import { disturb, type LoadServers } from "./load-disturbances.ts";
import { type Door, judgeAnswer, type LoadAnswer, type Verdict, wrongChanges, wrongVerdicts } from "./load-ledger.ts";
import { countLost } from "./load-losses.ts";
import { superviseServer } from "./load-servers.ts";
import { type LoadKey, makeKey, slugs, startWriters } from "./load-writers.ts";
import { atMost, judge, type Measurement, type Outcome, rounded, type Scale } from "./measurement.ts";

const connections = 64;
const firstKeyCount = 100;
const askedWithinMs = 30_000;
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
      await prepare(database);
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
  const ports = servers.map(({ port }) => port);
  let turn = 0;
  const admin = openLoadAdmin({
    connection,
    troubles,
    baseUrl: () => `http://127.0.0.1:${ports[turn++ % ports.length]}`,
    cookie: await signInTo(ports[0] ?? 0),
  });
  const firstKeys = await makeKeys(database, firstKeyCount);
  const writers = startWriters({ connection, admin, firstKeys });
  const { keys } = writers.acknowledged;
  const verdicts = new Map<Verdict, number>();
  const count = (verdict: Verdict) => verdicts.set(verdict, (verdicts.get(verdict) ?? 0) + 1);
  const lastRightMs = new Map<number, number>();
  // Judged once it is known how long the outages were.
  const unavailable: LoadAnswer[] = [];
  const callers = startCallers({
    count: connections,
    ports,
    pick: () => pickDoor(keys),
    onAnswer(answer, port) {
      if (answer.status === 503) return unavailable.push(answer);
      const verdict = judgeAnswer(answer, troubles.outages);
      count(verdict);
      if (verdict === "right") lastRightMs.set(port, answer.sentMs);
    },
  });
  const { rounds, pauseMs } = scale.quick ? quick : full;
  const disturbed = await disturb({
    database,
    servers,
    signs: {
      lastRightMs: (port) => lastRightMs.get(port) ?? 0,
      allStoredMs: writers.allStoredMs,
      denials: admin.denials,
    },
    rounds,
    pauseMs,
  });
  await Bun.sleep(2 * pauseMs);
  await writers.stop();
  await callers.stop();
  for (const answer of unavailable) count(judgeAnswer(answer, troubles.outages));
  return {
    verdicts,
    changes: admin.verdicts(),
    unanswered: callers.unanswered(),
    asked: await askOnceMore(keys, ports),
    losses: await countLost(connection, writers.acknowledged),
    troubles,
    fullDisk,
    withoutRoom: writers.withoutRoom(),
    disturbed,
    ended: servers.reduce((sum, server) => sum + server.endedByItself(), 0),
  };
}

type Found = Awaited<ReturnType<typeof runLoad>>;

function judgeLoad(found: Found): Outcome[] {
  const { verdicts, changes, unanswered, asked, losses, troubles, disturbed, ended } = found;
  const outages = troubles.outages.length;
  const answers = sum(verdicts.values()) + sum(changes.values()) + asked.answers;
  const wrong =
    sum(wrongVerdicts.map((verdict) => verdicts.get(verdict) ?? 0)) +
    sum(wrongChanges.map((verdict) => changes.get(verdict) ?? 0)) +
    asked.wrong +
    unanswered;
  const counts = "highest";
  return [
    judge(wrongAnswers, {
      rounds: [wrong / answers],
      counts,
      figures: {
        answers,
        ...Object.fromEntries(verdicts),
        "not answered within ten seconds": unanswered,
        ...Object.fromEntries(changes.entries().map(([name, times]) => [`to the admin: ${name}`, times])),
        "asked once more at the end": asked.answers,
        "wrong then": asked.wrong,
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
  const { fullDisk, troubles, disturbed, changes, withoutRoom } = found;
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

function sum(values: Iterable<number>): number {
  return Iterator.from(values).reduce((total, value) => total + value, 0);
}

/** Programs, and an admin. */
async function prepare({ connection }: LoadDatabase): Promise<void> {
  const { db } = connection;
  const now = new Date();
  for (const [index, slug] of slugs.entries()) {
    const text = programExport({ id: index + 1, adminName: slug });
    await importProgram(db, { text, publish: true, actor, now });
  }
  await createAdmin(db, { email: "ada@example.org", password: new Secret(password), actor, now });
}

function makeKeys({ connection }: LoadDatabase, count: number): Promise<LoadKey[]> {
  return Promise.all(Array.from({ length: count }, () => makeKey(connection)));
}

/** Mostly a good key; now and then one that was retired or narrowed just now or long ago. */
function pickDoor(keys: readonly LoadKey[]): Door | undefined {
  const key = keys[Math.floor(Math.random() * keys.length)];
  return key?.doors[Math.floor(Math.random() * key.doors.length)];
}

/** Now that all is quiet, every promise must hold for every key on every server. */
async function askOnceMore(keys: readonly LoadKey[], ports: readonly number[]) {
  let answers = 0;
  let wrong = 0;
  const doors = keys.flatMap((key) => key.doors);
  for (const port of ports) {
    let next = 0;
    const callers = startCallers({
      count: 16,
      ports: [port],
      pick: () => doors[next++],
      onAnswer(answer) {
        answers += 1;
        const verdict = judgeAnswer(answer, []);
        if (wrongVerdicts.includes(verdict)) wrong += 1;
      },
    });
    const deadline = performance.now() + askedWithinMs;
    const goal = answers + doors.length;
    while (answers < goal && performance.now() < deadline) await Bun.sleep(20);
    wrong += goal - answers;
    await callers.stop();
  }
  return { answers, wrong };
}
