/** `checkAuth` from 64 connections: keys read from PostgreSQL for every request, from memory, and no product at all. */
import { openTestDatabase, urlOf } from "../support/database.ts";
import { checkAuthRequest, makeBenchKeys } from "./bench-keys.ts";
import { type BenchServer, startBareServer, startProductServer } from "./bench-process.ts";
import { openLoadGenerator } from "./load-generator.ts";
import { createLoadRun } from "./load-run.ts";
import { atLeast, judge, type Measurement } from "./measurement.ts";
import { measureInTurn, mediansOf, ratiosOf } from "./rounds.ts";

const keyCount = 256;

const againstMemory = {
  name: "checkAuth, 64 connections, keys read from PostgreSQL on every request",
  against: "the same server with a key map in memory and no database",
  target: atLeast(0.7),
};
const againstBare = {
  name: againstMemory.name,
  against: "a bare Bun.serve that returns the same answer",
  target: atLeast(0.33),
};

/** checkAuth against keys in memory, and against a bare server. */
export const checkAuth: Measurement = {
  comparisons: [againstMemory, againstBare],
  async measure(scale) {
    const database = await openTestDatabase();
    const keys = await makeBenchKeys(database, keyCount);
    const url = urlOf(database.target);
    const product = await startProductServer(url);
    const inMemory = await startProductServer(url, { preload: "replacements/no-database.ts" });
    const bare = await startBareServer(await readAnswer(product, keys[0] ?? ""));
    const generator = openLoadGenerator();
    const kinds = [{ texts: keys.map(checkAuthRequest), status: 200 }];
    const runs = {
      product: createLoadRun(generator, { server: product, kinds, seconds: scale.seconds }),
      "in memory": createLoadRun(generator, { server: inMemory, kinds, seconds: scale.seconds }),
      bare: createLoadRun(generator, { server: bare, kinds, seconds: scale.seconds }),
    };
    const rounds = await measureInTurn(scale, {
      product: runs.product.measure,
      "in memory": runs["in memory"].measure,
      bare: runs.bare.measure,
    });
    await generator.close();
    await Promise.all([product.stop(), inMemory.stop(), bare.stop()]);
    await database.close();
    const figures = {
      ...mediansOf(rounds, "calls a second"),
      ...Object.fromEntries(Object.entries(runs).flatMap(([name, run]) => Object.entries(run.describe(name)))),
    };
    return [
      judge(againstMemory, { rounds: ratiosOf(rounds, "product", "in memory"), figures }),
      judge(againstBare, { rounds: ratiosOf(rounds, "product", "bare"), figures }),
    ];
  },
};

/** The measured answer, as the bare server must return it. */
async function readAnswer(server: BenchServer, token: string) {
  const response = await fetch(`http://127.0.0.1:${server.port}/api/v1/checkAuth`, {
    headers: { Authorization: `Basic ${token}` },
  });
  const headers = Object.fromEntries(response.headers);
  const body = await response.text();
  if (response.status !== 200 || body !== "") throw new Error(`checkAuth: ${response.status}`);
  // Every Bun.serve writes these two itself.
  delete headers.date;
  delete headers["content-length"];
  return { status: response.status, headers, body };
}
