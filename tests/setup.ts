/** Preloaded by `bun test`: one PostgreSQL and one build of the assets for the whole run. */
import { afterAll, setDefaultTimeout } from "bun:test";
import { join } from "node:path";
import { buildAssets } from "../src/assets/build.ts";
import { readAllRows, startServer, stopServer } from "./support/database.ts";
import { leakHunt } from "./support/leak-hunt.ts";

process.env.TZ = "Pacific/Chatham"; // Nothing may depend on the machine's zone: this one is like no other.
setDefaultTimeout(30_000);

// Here and not in a hook: a test that times out takes the processes with it that it has started.
await Promise.all([startServer(), buildAssets(join(import.meta.dir, "../public/built"))]);

// Last of all: after every test of the run, whatever it was about.
afterAll(async () => {
  try {
    await huntLeaks();
  } finally {
    await stopServer();
  }
}, 120_000);

/** Acceptance 7: nothing that tests issued in secret is in a log, a database or an answer. */
async function huntLeaks(): Promise<void> {
  await readAllRows(leakHunt.search);
  const leaks = await leakHunt.findLeaks();
  if (leaks.length === 0) return;
  const lines = leaks.map(({ secret, place }) => `  ${secret}: in ${place}`);
  throw new Error(`The product leaks secrets:\n${[...new Set(lines)].join("\n")}`);
}
