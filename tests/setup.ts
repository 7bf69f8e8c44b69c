/** Preloaded by `bun test`: PostgreSQL for the whole process, and the hunt for leaks. */
import { afterAll } from "bun:test";
import { existsSync, readFileSync, statfsSync } from "node:fs";
import { hashCheaply } from "./support/cheap-passwords.ts";
import { readAllRows, startServer } from "./support/database.ts";
import { leakHunt } from "./support/leak-hunt.ts";

process.env.TZ = "Pacific/Chatham"; // Nothing may depend on the machine's zone: this one is like no other.

limitTests({ seconds: 120 });
useMemoryForFiles();
hashCheaply();
// Here and not in a hook: a test that times out takes the processes with it that it has started.
await startServer();

/** After the last test; with `--parallel`, after the last one of each file. */
afterAll(huntLeaks, 120_000);

/**
 * A busy machine takes longer than the five seconds that a test or a hook has by default; the limit only ends what hangs.
 * Bun's limit holds for one file, so every file sets it: what a preload sets holds for the first (oven-sh/bun#43787), and bunfig.toml has no setting for it.
 */
function limitTests({ seconds }: { seconds: number }): void {
  const call = `import { setDefaultTimeout as limitTests } from "bun:test"; limitTests(${seconds * 1000});`;
  Bun.plugin({
    name: "limit-tests",
    setup(build) {
      build.onLoad({ filter: /\.test\.tsx?$/ }, ({ path }) => ({
        contents: `${call} ${readFileSync(path, "utf8")}`,
        loader: path.endsWith("x") ? "tsx" : "ts",
      }));
    },
  });
}

/** Making a database on a disk takes five times as long, and nothing that a test writes has to outlive it. */
function useMemoryForFiles(): void {
  const memory = "/dev/shm";
  if (!existsSync(memory)) return;
  const { bavail, bsize } = statfsSync(memory);
  if (bavail * bsize > 6 * 1024 ** 3) process.env.TMPDIR = memory;
}

/** Nothing that tests issued in secret is in a log, a database or an answer. */
async function huntLeaks(): Promise<void> {
  await readAllRows(leakHunt.search);
  const leaks = await leakHunt.findLeaks();
  leakHunt.forgetTexts();
  if (leaks.length === 0) return;
  const lines = leaks.map(({ secret, place }) => `  ${secret}: in ${place}`);
  throw new Error(`The product leaks secrets:\n${[...new Set(lines)].join("\n")}`);
}
