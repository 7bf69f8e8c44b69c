/** The cost of counting calls and recording refusals. */
import { openTestDatabase, urlOf } from "../support/database.ts";
import { checkAuthRequest, makeBenchKeys, withOtherId, withOtherSecret } from "./bench-keys.ts";
import { startProductServer } from "./bench-process.ts";
import { openLoadGenerator } from "./load-generator.ts";
import { createLoadRun } from "./load-run.ts";
import { atLeast, judge, type Measurement } from "./measurement.ts";
import { measureInTurn, mediansOf, ratiosOf } from "./rounds.ts";

const keyCount = 256;

const comparison = {
  name: "usage and refusal recording on",
  against: "off",
  target: atLeast(0.9),
};

/** Calls per second, 64 connections, `checkAuth`: half are good, a quarter have unknown keys, a quarter wrong secrets. */
export const recording: Measurement = {
  comparisons: [comparison],
  async measure(scale) {
    const database = await openTestDatabase();
    const keys = await makeBenchKeys(database, keyCount);
    const url = urlOf(database.target);
    const on = await startProductServer(url);
    const off = await startProductServer(url, { preload: "replacements/no-recording.ts" });
    const generator = openLoadGenerator();
    const requests = (tokens: readonly string[]) => tokens.map(checkAuthRequest);
    const kinds = [
      { texts: requests(keys.slice(0, keyCount / 2)), status: 200 },
      { texts: requests(keys.map(withOtherId)), status: 401 },
      { texts: requests(keys.slice(keyCount / 2)), status: 200 },
      { texts: requests(keys.map(withOtherSecret)), status: 401 },
    ];
    const { seconds } = scale;
    const runs = {
      on: createLoadRun(generator, { server: on, kinds, seconds }),
      off: createLoadRun(generator, { server: off, kinds, seconds }),
    };
    const rounds = await measureInTurn(scale, { on: runs.on.measure, off: runs.off.measure });
    await generator.close();
    await Promise.all([on.stop(), off.stop()]);
    const [row] = await database.client<{ calls: number; refused: number }[]>`
      select (select sum(call_count) from api_key_usage)::float8 as calls,
        (select sum(call_count) from refusals)::float8 as refused`;
    await database.close();
    // The measured work must have been done.
    if (!row?.calls || !row.refused) throw new Error("nothing was recorded");
    return [
      judge(comparison, {
        rounds: ratiosOf(rounds, "on", "off"),
        figures: { ...mediansOf(rounds, "calls a second"), ...runs.on.describe("on"), ...runs.off.describe("off") },
      }),
    ];
  },
};
