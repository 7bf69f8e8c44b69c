/** The state of the syncs, for Prometheus. It is read from the database, so every instance reports the same. */
import { Counter, Gauge } from "prom-client";
import type { SyncState } from "../domain/civiform/sync/state.ts";
import { withinMs } from "../lib/limits/deadline.ts";
import type { Metrics } from "./registry.ts";

/** The longest that reading the metrics waits for the database. */
const patienceMs = 1_000;

/** Measures the syncs whenever the metrics are read. Values that the database does not provide are left out. */
export function measureSyncs(
  metrics: Metrics,
  options: { readStates: () => Promise<SyncState[]>; now: () => Date },
): void {
  const { age, applications, failures } = createSyncMetrics(metrics);
  metrics.beforeReading(async () => {
    const states = await withinMs(options.readStates(), patienceMs).catch(() => []);
    for (const metric of [age, applications, failures]) metric.reset();
    for (const { slug, succeededAt, pulledTotal, failureTotal } of states) {
      const program = { program: slug };
      applications.inc(program, pulledTotal);
      failures.inc(program, failureTotal);
      if (succeededAt === null) continue;
      const elapsedMs = options.now().getTime() - succeededAt.getTime();
      age.set(program, Math.max(0, elapsedMs / 1000));
    }
  });
}

function createSyncMetrics({ registry }: Metrics) {
  const shared = {
    labelNames: ["program"],
    // Several processes of one machine read the same rows.
    aggregator: "max" as const,
    registers: [registry],
  };
  return {
    age: new Gauge({
      name: "civikey_sync_age_seconds",
      help: "Seconds since a program's applications were last pulled to the end",
      ...shared,
    }),
    applications: new Counter({
      name: "civikey_sync_applications_total",
      help: "Applications that were read from a program's source, known ones included",
      ...shared,
    }),
    failures: new Counter({
      name: "civikey_sync_failures_total",
      help: "Runs that stopped before a program's applications were pulled to the end",
      ...shared,
    }),
  };
}
