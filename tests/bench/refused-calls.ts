/** Refused calls against good ones: if refusing cost more, callers without a key could slow down the others. */
import { openTestDatabase, urlOf } from "../support/database.ts";
import { checkAuthRequest, makeBenchKeys, withOtherId, withOtherSecret } from "./bench-keys.ts";
import { startProductServer } from "./bench-process.ts";
import { openLoadGenerator } from "./load-generator.ts";
import { createLoadRun } from "./load-run.ts";
import { atLeast, judge, type Measurement } from "./measurement.ts";
import { measureInTurn, mediansOf, ratiosOf } from "./rounds.ts";

const keyCount = 256;

const compare = (what: string) => ({
  name: `refused calls (${what})`,
  against: "good calls",
  target: atLeast(0.8),
});
const unknownKey = compare("unknown key");
const wrongSecret = compare("wrong secret");

/** Calls per second of one server, 64 connections, `checkAuth`, equally many key ids in each load. */
export const refusedCalls: Measurement = {
  comparisons: [unknownKey, wrongSecret],
  async measure(scale) {
    const database = await openTestDatabase();
    const keys = await makeBenchKeys(database, keyCount);
    const server = await startProductServer(urlOf(database.target));
    const generator = openLoadGenerator();
    const load = (tokens: readonly string[], status: number) =>
      createLoadRun(generator, {
        server,
        kinds: [{ texts: tokens.map(checkAuthRequest), status }],
        seconds: scale.seconds,
      }).measure;
    const rounds = await measureInTurn(scale, {
      good: load(keys, 200),
      "unknown key": load(keys.map(withOtherId), 401),
      "wrong secret": load(keys.map(withOtherSecret), 401),
    });
    await generator.close();
    await server.stop();
    await database.close();
    const figures = mediansOf(rounds, "calls a second");
    return [
      judge(unknownKey, { rounds: ratiosOf(rounds, "unknown key", "good"), figures }),
      judge(wrongSecret, { rounds: ratiosOf(rounds, "wrong secret", "good"), figures }),
    ];
  },
};
