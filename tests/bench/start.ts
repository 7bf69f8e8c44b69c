/** How long a server takes from its start to its first answer, with a migrated database. */
import { openTestDatabase, urlOf } from "../support/database.ts";
import { type BenchServer, startBareServer, startProductServer } from "./bench-process.ts";
import { judge, type Measurement } from "./measurement.ts";
import { measureInTurn, mediansOf, ratiosOf } from "./rounds.ts";

const comparison = {
  name: "start to ready, database in place",
  against: "a bare Bun.serve, start to its first answer",
  target: null,
};

/** Seconds until `/readyz` returns 200: the database is migrated, the pages' styles and scripts are built. */
export const start: Measurement = {
  comparisons: [comparison],
  async measure(scale) {
    const database = await openTestDatabase();
    const url = urlOf(database.target);
    const rounds = await measureInTurn(scale, {
      product: () => timeStart(() => startProductServer(url)),
      bare: () => timeStart(() => startBareServer({ status: 200, headers: {}, body: "" })),
    });
    await database.close();
    const ratios = ratiosOf(rounds, "product", "bare");
    return [judge(comparison, { rounds: ratios, figures: mediansOf(rounds, "seconds") })];
  },
};

async function timeStart(start: () => Promise<BenchServer>): Promise<number> {
  const started = performance.now();
  const server = await start();
  const seconds = (performance.now() - started) / 1000;
  await server.stop();
  return seconds;
}
