/**
 * The load run: 64 connections on two servers with one PostgreSQL, while keys are made, narrowed and
 * retired, PostgreSQL is stopped and crashes, and servers are killed. It counts wrong answers and
 * acknowledged writes that were lost.
 */
import { createAdmin } from "../../src/domain/admins.ts";
import { importProgram } from "../../src/domain/programs.ts";
import { Secret } from "../../src/domain/secret.ts";
import { actor, password, programExport } from "../support/factories.ts";
import { signInTo } from "./admin-list.ts";
import { startCallers } from "./load-callers.ts";
import { type LoadDatabase, openLoadDatabase } from "./load-database.ts";
import { type Door, judgeAnswer, type Verdict, wrongVerdicts } from "./load-ledger.ts";
import { countLost } from "./load-losses.ts";
import { superviseServer } from "./load-servers.ts";
import { type LoadKey, makeKey, slugs, startWriters } from "./load-writers.ts";
import {
  atMost,
  judge,
  type Measurement,
  type Outcome,
  rounded,
  type Scale,
} from "./measurement.ts";

const connections = 64;
const firstKeyCount = 100;
const recoveryMs = 30_000;

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

/** One minute (a quick run: ten seconds), after which every key is asked for once more on every server. */
export const load: Measurement = {
  comparisons: [wrongAnswers, lostWrites, endedServers],
  async measure(scale) {
    const database = await openLoadDatabase();
    await prepare(database);
    const servers = [await superviseServer(database.url), await superviseServer(database.url)];
    try {
      return judgeLoad(await runLoad(scale, database, servers));
    } finally {
      await Promise.all(servers.map((server) => server.stop()));
      await database.close();
    }
  },
};

type Servers = readonly Awaited<ReturnType<typeof superviseServer>>[];

/** Runs it, and gathers what came of it. */
async function runLoad(scale: Scale, database: LoadDatabase, servers: Servers) {
  const ports = servers.map(({ port }) => port);
  let turn = 0;
  const writers = startWriters({
    connection: database.connection,
    baseUrl: () => `http://127.0.0.1:${ports[turn++ % ports.length]}`,
    cookie: await signInTo(ports[0] ?? 0),
    firstKeys: await makeKeys(database, firstKeyCount),
  });
  const { keys } = writers.acknowledged;
  const verdicts = new Map<Verdict, number>();
  const lastRightMs = new Map<number, number>();
  const callers = startCallers({
    count: connections,
    ports,
    pick: () => pickDoor(keys),
    onAnswer(answer, port) {
      const verdict = judgeAnswer(answer, database.outages);
      verdicts.set(verdict, (verdicts.get(verdict) ?? 0) + 1);
      if (verdict === "right") lastRightMs.set(port, answer.answeredMs);
    },
  });
  const recoveries: number[] = [];
  const awaitRecovery = async () => {
    const sinceMs = performance.now();
    while (!ports.every((port) => (lastRightMs.get(port) ?? 0) > sinceMs)) {
      if (performance.now() - sinceMs > recoveryMs) throw new Error("a server did not recover");
      await Bun.sleep(10);
    }
    recoveries.push((performance.now() - sinceMs) / 1000);
  };
  const disturbances = [
    () => database.restart("SIGINT"),
    async () => servers[1]?.kill(),
    () => database.restart("SIGQUIT"),
    async () => servers[0]?.kill(),
  ];
  const seconds = scale.quick ? 10 : 60;
  const count = (scale.quick ? 1 : 3) * disturbances.length;
  const deadline = performance.now() + seconds * 1000;
  for (let done = 0; done < count; done += 1) {
    // The rest of the time is for recovering.
    await Bun.sleep((seconds / (count + 1)) * 1000 * 0.6);
    await disturbances[done % disturbances.length]?.();
    await awaitRecovery();
  }
  await Bun.sleep(Math.max(1_000, deadline - performance.now()));
  await writers.stop();
  await callers.stop();
  return {
    verdicts,
    unanswered: callers.unanswered(),
    asked: await askOnceMore(keys, ports),
    losses: await countLost(database.connection, writers.acknowledged),
    outages: database.outages.length,
    kills: count / 2,
    ended: servers.reduce((sum, server) => sum + server.endedByItself(), 0),
    longestRecovery: rounded(Math.max(...recoveries)),
  };
}

function judgeLoad(found: Awaited<ReturnType<typeof runLoad>>): Outcome[] {
  const { verdicts, unanswered, asked, losses, outages, kills, ended } = found;
  const answers = verdicts.values().reduce((sum, some) => sum + some, asked.answers);
  const wrong = wrongVerdicts.reduce(
    (sum, verdict) => sum + (verdicts.get(verdict) ?? 0),
    asked.wrong + unanswered,
  );
  const counts = "highest";
  return [
    judge(wrongAnswers, {
      rounds: [wrong / answers],
      counts,
      figures: {
        answers,
        ...Object.fromEntries(verdicts),
        "not answered within ten seconds": unanswered,
        "asked once more at the end": asked.answers,
        "wrong then": asked.wrong,
        "restarts and crashes of PostgreSQL": outages,
        "servers killed": kills,
        "longest time to recover, s": found.longestRecovery,
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

/** Mostly a good key; now and then one that was retired or narrowed just now, or long ago. */
function pickDoor(keys: readonly LoadKey[]): Door | undefined {
  const key = keys[Math.floor(Math.random() * keys.length)];
  return key?.doors[Math.floor(Math.random() * key.doors.length)];
}

/** All that was promised must hold for every key on every server, now that all is quiet. */
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
    const deadline = performance.now() + recoveryMs;
    const goal = answers + doors.length;
    while (answers < goal && performance.now() < deadline) await Bun.sleep(20);
    wrong += goal - answers;
    await callers.stop();
  }
  return { answers, wrong };
}
