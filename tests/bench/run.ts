/**
 * `bun run bench [name…] [--quick] [--json FILE]`: runs the measurements and prints what they found, as
 * ratios within this run (docs/performance.md). It starts what it needs.
 */
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { buildAssets } from "../../src/assets/build.ts";
import { startServer, stopServer } from "../support/database.ts";
import { adminList } from "./admin-list.ts";
import { checkAuth } from "./check-auth.ts";
import { endChildren } from "./children.ts";
import { failover } from "./failover.ts";
import { applicationImport } from "./import.ts";
import { largeProgram } from "./large-program.ts";
import { load } from "./load.ts";
import type { Measurement, Outcome, Scale } from "./measurement.ts";
import { millions } from "./millions.ts";
import { ndjson } from "./ndjson.ts";
import { pages, pagesForMany } from "./pages.ts";
import { paging } from "./paging.ts";
import { recording } from "./recording.ts";
import { refusalTimes } from "./refusal-times.ts";
import { refusedCalls } from "./refused-calls.ts";
import { someQuestions } from "./some-questions.ts";
import { start } from "./start.ts";
import { syncKills } from "./sync-kills.ts";

/** A new measurement is a file beside this one and a row here. */
export const measurements: Readonly<Record<string, Measurement>> = {
  "check-auth": checkAuth,
  pages,
  "pages-16": pagesForMany,
  "some-questions": someQuestions,
  ndjson,
  paging,
  millions,
  import: applicationImport,
  "refused-calls": refusedCalls,
  "admin-list": adminList,
  "large-program": largeProgram,
  recording,
  start,
  load,
  "refusal-times": refusalTimes,
  "sync-kills": syncKills,
  failover,
};

const fullScale: Scale = { quick: false, rounds: 15, longRounds: 7, seconds: 2 };
const quickScale: Scale = { quick: true, rounds: 7, longRounds: 5, seconds: 0.5 };

if (import.meta.main) {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { quick: { type: "boolean", default: false }, json: { type: "string" } },
  });
  const unknown = positionals.filter((name) => !(name in measurements));
  if (unknown.length > 0) {
    console.error(`There is no measurement ${unknown}. There are: ${Object.keys(measurements)}`);
    process.exit(2);
  }
  await Promise.all([startServer({ isDurable: true }), buildAssets(join(import.meta.dir, "../../public/built"))]);
  const outcomes: Outcome[] = [];
  try {
    for (const [name, { measure, isByHand }] of Object.entries(measurements)) {
      if (positionals.length > 0 ? !positionals.includes(name) : isByHand) continue;
      const started = performance.now();
      const seconds = () => Math.round((performance.now() - started) / 1000);
      try {
        const found = await measure(values.quick ? quickScale : fullScale);
        outcomes.push(...found);
        console.log(`\n${name} (${seconds()} s)`);
        for (const outcome of found) console.log(describe(outcome));
      } catch (error) {
        // Still run the others.
        process.exitCode = 1;
        console.error(`\n${name} failed (${seconds()} s)`, error);
      }
      await endChildren();
    }
  } finally {
    await stopServer();
  }
  const scale = values.quick ? "a quick run" : "a full run";
  console.log(`\n${scale}, ${availableParallelism()} cores, Bun ${Bun.version}, ${process.platform}`);
  console.table(
    outcomes.map(({ name, against, ratio, spread, target, met }) => ({
      name,
      against,
      ratio,
      spread: spread.join("–"),
      target: target ?? "",
      met: met === null ? "" : met ? "yes" : "NO",
    })),
  );
  if (values.json !== undefined) {
    await Bun.write(values.json, `${JSON.stringify(outcomes, undefined, 2)}\n`);
  }
}

function describe({ name, against, ratio, spread, target, figures }: Outcome): string {
  const lines = Object.entries(figures).map(([figure, value]) => `    ${figure}: ${value}`);
  const goal = target === null ? "" : `, target ${target}`;
  return [`  ${name}\n    against ${against}:\n    ${ratio} (${spread.join(" to ")}${goal})`, ...lines].join("\n");
}
