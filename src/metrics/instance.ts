/** What is measured when the metrics are read: keys, readiness, lags, syncs, and how long queries wait. */
import type { Sql } from "postgres";
import { Counter, Gauge } from "prom-client";
import type { KeyOverview } from "../domain/access/keys/count.ts";
import type { RegularWriter } from "../domain/access/usage/regular-writer.ts";
import type { SyncState } from "../domain/civiform/sync/state.ts";
import type { ReadyCheck } from "../http/operations.ts";
import { TooLateError, withinMs } from "../lib/limits/deadline.ts";
import type { Metrics } from "./registry.ts";

/** What is measured. */
interface MeasuredInstance {
  readonly version: string;
  /** The failing check of `/readyz`, if any. Must not throw, and must settle soon. */
  readonly findFailingCheck: () => Promise<ReadyCheck | undefined>;
  /** Seconds by which this machine's clock is ahead of PostgreSQL's. */
  readonly readClockDifference: () => Promise<number>;
  readonly readKeyOverview: () => Promise<KeyOverview>;
  readonly usage: RegularWriter;
  readonly refusals: RegularWriter;
  readonly readSyncs: () => Promise<SyncState[]>;
  readonly readErasures: () => Promise<{ slug: string; count: number }[]>;
  readonly now: () => Date;
  /** The connection pools by purpose. */
  readonly pools: Readonly<Record<string, Sql>>;
}

/** The longest that reading the metrics waits for the database. */
const patienceMs = 1_000;

/** Measures an instance whenever its metrics are read. Values that the database does not provide are left out. */
export function measureInstance(metrics: Metrics, instance: MeasuredInstance): void {
  const gauges = createGauges(metrics);
  const pools = Object.entries(instance.pools);
  gauges.buildInfo.set({ version: instance.version, bun: Bun.version }, 1);
  for (const [pool, { options }] of pools) gauges.connectionsMax.set({ pool }, options.max);

  metrics.beforeReading(async () => {
    gauges.usageLag.set(instance.usage.lagMs() / 1000);
    gauges.refusalsLag.set(instance.refusals.lagMs() / 1000);
    const [failing, keys, clock, syncs, erasures, waits] = await Promise.all([
      instance.findFailingCheck(),
      answerOf(instance.readKeyOverview()),
      answerOf(instance.readClockDifference()),
      answerOf(instance.readSyncs()),
      answerOf(instance.readErasures()),
      Promise.all(pools.map(async ([pool, client]) => ({ pool, ms: await measureWait(client) }))),
    ]);
    gauges.ready.set(failing === undefined ? 1 : 0);
    gauges.databaseUp.set(failing === "database" ? 0 : 1);
    gauges.clock.remove();
    if (clock !== undefined) gauges.clock.set(clock);
    gauges.keys.reset();
    for (const [state, count] of Object.entries(keys?.byState ?? {})) {
      gauges.keys.set({ state }, count);
    }
    gauges.soonestExpiration.remove();
    const seconds = keys?.secondsToSoonestExpiration;
    if (seconds !== undefined) gauges.soonestExpiration.set(seconds);
    gauges.wait.reset();
    for (const { pool, ms } of waits) {
      if (ms !== undefined) gauges.wait.set({ pool }, ms / 1000);
    }
    for (const metric of [gauges.syncAge, gauges.synced, gauges.syncFailures, gauges.erased]) metric.reset();
    for (const { slug: program, count } of erasures ?? []) gauges.erased.inc({ program }, count);
    for (const { slug: program, succeededAt, pulledTotal, failureTotal } of syncs ?? []) {
      gauges.synced.inc({ program }, pulledTotal);
      gauges.syncFailures.inc({ program }, failureTotal);
      if (succeededAt === null) continue;
      const ageMs = instance.now().getTime() - succeededAt.getTime();
      gauges.syncAge.set({ program }, Math.max(0, ageMs / 1000));
    }
  });
}

function createGauges({ registry }: Metrics) {
  type Combined = "first" | "min" | "max" | "sum";
  const gauge = <Label extends string = never>(
    name: string,
    aggregator: Combined,
    help: string,
    ...labelNames: Label[]
  ) => new Gauge({ name: `civikey_${name}`, help, labelNames, aggregator, registers: [registry] });
  /** Of rows in the database, which several processes of one machine read alike. */
  const programCounter = (name: string, help: string) =>
    new Counter({ name, help, labelNames: ["program"], aggregator: "max", registers: [registry] });
  return {
    buildInfo: gauge("build_info", "first", "1; the labels say what runs", "version", "bun"),
    ready: gauge("ready", "min", "1 when /readyz answers 200, else 0"),
    databaseUp: gauge("database_up", "min", "1 when the database answers within a second, else 0"),
    keys: gauge("api_keys", "max", "API keys by state; left out when the database does not answer", "state"),
    soonestExpiration: gauge(
      "api_key_soonest_expiration_seconds",
      "min",
      "Seconds until the first active API key expires; left out when there is none",
    ),
    clock: gauge("clock_difference_seconds", "max", "Seconds by which this machine's clock is ahead of PostgreSQL's"),
    usageLag: gauge("usage_flush_lag_seconds", "max", "Seconds since all usage that had been gathered was written"),
    refusalsLag: gauge(
      "refusals_flush_lag_seconds",
      "max",
      "Seconds since all refusals that had been gathered were written",
    ),
    connectionsMax: gauge("database_connections_max", "sum", "Connections that a pool may open", "pool"),
    wait: gauge(
      "database_wait_seconds",
      "max",
      "Seconds until a query that does nothing was answered, waiting for a connection included; 1 is the limit",
      "pool",
    ),
    syncAge: gauge(
      "sync_age_seconds",
      "max",
      "Seconds since a program's applications were last pulled to the end",
      "program",
    ),
    synced: programCounter(
      "civikey_sync_applications_total",
      "Applications that were read from a program's source, known ones included",
    ),
    erased: programCounter("civikey_erased_applications_total", "Applications that were erased, by people and by age"),
    syncFailures: programCounter(
      "civikey_sync_failures_total",
      "Runs that stopped before a program's applications were pulled to the end",
    ),
  };
}

/** How many milliseconds a query of this pool takes now, at most a second; undefined when it fails. */
async function measureWait(client: Sql): Promise<number | undefined> {
  const startedMs = performance.now();
  try {
    await withinMs(client`select 1`, patienceMs);
    return performance.now() - startedMs;
  } catch (error) {
    return error instanceof TooLateError ? patienceMs : undefined;
  }
}

/** The answer, if there is one in time. */
async function answerOf<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await withinMs(answer, patienceMs);
  } catch {
    // `civikey_database_up` shows it, and the log when a request fails.
    return undefined;
  }
}
