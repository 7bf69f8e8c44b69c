/** Callers, an admin and writers at work on servers while something happens to them, and what went wrong. */
import type { Connection } from "../../src/db/client.ts";
import { createAdmin } from "../../src/domain/access/people/create.ts";
import { importProgram } from "../../src/domain/programs/import.ts";
import { Secret } from "../../src/lib/secrets/secret.ts";
import { actor, password, programExport } from "../support/factories.ts";
import { signInTo } from "./admin-list.ts";
import { openLoadAdmin } from "./load-admin.ts";
import { startCallers } from "./load-callers.ts";
import type { SignsOfLife } from "./load-disturbances.ts";
import {
  type Door,
  judgeAnswer,
  type LoadAnswer,
  type Troubles,
  type Verdict,
  wrongChanges,
  wrongVerdicts,
} from "./load-ledger.ts";
import { countLost } from "./load-losses.ts";
import { type LoadKey, makeKey, slugs, startWriters } from "./load-writers.ts";

const connections = 64;
const firstKeyCount = 100;
const askedWithinMs = 30_000;

/** Makes the programs, and the admin who signs in. */
export async function prepareLoad({ db }: Connection): Promise<void> {
  const now = new Date();
  for (const [index, slug] of slugs.entries()) {
    const text = programExport({ id: index + 1, adminName: slug });
    await importProgram(db, { text, publish: true, actor, now });
  }
  await createAdmin(db, { email: "ada@example.org", password: new Secret(password), actor, now });
}

/** Puts the servers on `ports` under load until `happen` has returned; then every key is tried once more on every server. */
export async function underLoad<Happened>(
  system: { connection: Connection; troubles: Troubles; ports: readonly number[] },
  happen: (signs: SignsOfLife) => Promise<Happened>,
) {
  const { connection, troubles, ports } = system;
  let turn = 0;
  const admin = openLoadAdmin({
    connection,
    troubles,
    baseUrl: () => `http://127.0.0.1:${ports[turn++ % ports.length]}`,
    cookie: await signInTo(ports[0] ?? 0),
  });
  const firstKeys = await Promise.all(Array.from({ length: firstKeyCount }, () => makeKey(connection)));
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
  const happened = await happen({
    lastRightMs: (port) => lastRightMs.get(port) ?? 0,
    allStoredMs: writers.allStoredMs,
    denials: admin.denials,
  });
  await writers.stop();
  await callers.stop();
  for (const answer of unavailable) count(judgeAnswer(answer, troubles.outages));
  const changes = admin.verdicts();
  const asked = await askOnceMore(keys, ports);
  const unanswered = callers.unanswered();
  const answers = sum(verdicts.values()) + sum(changes.values()) + asked.answers;
  return {
    happened,
    changes,
    losses: await countLost(connection, writers.acknowledged),
    withoutRoom: writers.withoutRoom(),
    answers,
    wrong:
      sum(wrongVerdicts.map((verdict) => verdicts.get(verdict) ?? 0)) +
      sum(wrongChanges.map((verdict) => changes.get(verdict) ?? 0)) +
      asked.wrong +
      unanswered,
    figures: {
      answers,
      ...Object.fromEntries(verdicts),
      "not answered within ten seconds": unanswered,
      ...Object.fromEntries(changes.entries().map(([name, times]) => [`to the admin: ${name}`, times])),
      "asked once more at the end": asked.answers,
      "wrong then": asked.wrong,
    },
  };
}

function sum(values: Iterable<number>): number {
  return Iterator.from(values).reduce((total, value) => total + value, 0);
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
