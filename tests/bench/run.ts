/** `bun run bench [name...]`: runs the measurements, prints them, and writes them to `bench-results.json`. */
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { buildAssets } from "../../src/assets/build.ts";
import { startServer, stopServer } from "../support/database.ts";
import type { Measurement } from "./measurement.ts";
import { measureRefusalTimes } from "./refusal-times.ts";

/** A new measurement is a file beside this one and a row here. */
const measurements: Readonly<Record<string, () => Promise<Measurement>>> = {
  "refusal-times": measureRefusalTimes,
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in measurements));
if (unknown.length > 0) {
  console.error(`There is no measurement ${unknown}. There are: ${Object.keys(measurements)}`);
  process.exit(2);
}

await Promise.all([startServer(), buildAssets(join(import.meta.dir, "../../public/built"))]);
const results: Measurement[] = [];
try {
  for (const [name, measure] of Object.entries(measurements)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    const result = await measure();
    results.push(result);
    console.log(`\n${result.title}\n${result.explanation}`);
    console.table(result.rows);
  }
} finally {
  await stopServer();
}
const machine = { cores: availableParallelism(), bun: Bun.version, platform: process.platform };
await Bun.write("bench-results.json", `${JSON.stringify({ machine, results }, undefined, 2)}\n`);
