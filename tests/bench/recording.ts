/** The cost of counting calls and recording refusals. */
import { openTestDatabase, urlOf } from "../support/database.ts";
import { checkAuthRequest, makeBenchKeys, withOtherId, withOtherSecret } from "./bench-keys.ts";
import { startProductServer } from "./bench-process.ts";
import { type LoadGenerator, type LoadJob, openLoadGenerator } from "./load-generator.ts";
import { createLoadRun } from "./load-run.ts";
import { atLeast, judge, type Measurement } from "./measurement.ts";
import { measureInTurn, mediansOf, ratiosOf } from "./rounds.ts";

const keyCount = 256;
/** Longer than a server waits before it writes what it has counted, and the write. */
const restMs = 1_000;
const roundsOfPair = 4;

const comparison = {
  name: "usage and refusal recording on",
  against: "off",
  target: atLeast(0.9),
};

/**
 * Calls per second, 64 connections, `checkAuth`: half are good, a quarter have unknown keys, a quarter wrong secrets.
 * Processes that run the same code differ by a twentieth all their life, so each side is measured in several.
 */
export const recording: Measurement = {
  comparisons: [comparison],
  async measure(scale) {
    const database = await openTestDatabase();
    const keys = await makeBenchKeys(database, keyCount);
    const generator = openLoadGenerator();
    const requests = (tokens: readonly string[]) => tokens.map(checkAuthRequest);
    const kinds = [
      { texts: requests(keys.slice(0, keyCount / 2)), status: 200 },
      { texts: requests(keys.map(withOtherId)), status: 401 },
      { texts: requests(keys.slice(keyCount / 2)), status: 200 },
      { texts: requests(keys.map(withOtherSecret)), status: 401 },
    ];
    const pairs = [];
    for (let pair = 0; pair < (scale.quick ? 2 : 6); pair += 1) {
      pairs.push(await measurePair(urlOf(database.target), generator, { kinds, seconds: scale.seconds }));
    }
    await generator.close();
    const [row] = await database.client<{ calls: number; refused: number }[]>`
      select (select sum(call_count) from api_key_usage)::float8 as calls,
        (select sum(call_count) from refusals)::float8 as refused`;
    await database.close();
    // The measured work must have been done.
    if (!row?.calls || !row.refused) throw new Error("nothing was recorded");
    const rounds = pairs.flatMap((pair) => pair.rounds);
    const figures = {
      ...mediansOf(rounds, "calls a second"),
      ...mediansOf(
        pairs.map(({ costs }) => costs),
        "median of servers",
      ),
    };
    return [judge(comparison, { rounds: ratiosOf(rounds, "on", "off"), figures })];
  },
};

/** Starts a server of either side, and measures them in turn. */
async function measurePair(databaseUrl: string, generator: LoadGenerator, load: Pick<LoadJob, "kinds" | "seconds">) {
  const on = await startProductServer(databaseUrl);
  const off = await startProductServer(databaseUrl, { preload: "replacements/no-recording.ts" });
  const runs = {
    on: createLoadRun(generator, { server: on, ...load }),
    off: createLoadRun(generator, { server: off, ...load }),
  };
  const rounds = await measureInTurn(
    { rounds: roundsOfPair },
    {
      async on() {
        const perSecond = await runs.on.measure();
        // What was counted last is written now, not in the next round at the other side's cost.
        await Bun.sleep(restMs);
        return perSecond;
      },
      off: runs.off.measure,
    },
  );
  await Promise.all([on.stop(), off.stop()]);
  return { rounds, costs: { ...runs.on.describe("on"), ...runs.off.describe("off") } };
}
