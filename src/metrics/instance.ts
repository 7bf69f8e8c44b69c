/** What is asked for when the metrics are read: keys, readiness, lags, and how long queries wait. */

import type { Sql } from "postgres";
import { Gauge } from "prom-client";
import type { KeyOverview } from "../domain/access/keys/count.ts";
import type { RegularWriter } from "../domain/access/usage/regular-writer.ts";
import type { ReadyCheck } from "../http/operations.ts";
import { TooLateError, withinMs } from "../lib/limits/deadline.ts";
import type { Metrics } from "./registry.ts";

/** What is measured. */
export interface MeasuredInstance {
  readonly version: string;
  /** What `/readyz` says: the check that fails, if any. Must not throw, and settle soon. */
  readonly findFailingCheck: () => Promise<ReadyCheck | undefined>;
  readonly readKeyOverview: () => Promise<KeyOverview>;
  readonly usage: RegularWriter;
  readonly refusals: RegularWriter;
  /** The pools of connections, by what they are for. */
  readonly pools: Readonly<Record<string, Sql>>;
}

/** A reading waits no longer for the database, whatever state that is in. */
const patienceMs = 1_000;

/** Has an instance measured at every reading of its metrics. What the database does not tell is left out. */
export function measureInstance(metrics: Metrics, instance: MeasuredInstance): void {
  const gauges = createGauges(metrics);
  const pools = Object.entries(instance.pools);
  gauges.buildInfo.set({ version: instance.version, bun: Bun.version }, 1);
  for (const [pool, { options }] of pools) gauges.connectionsMax.set({ pool }, options.max);

  metrics.beforeReading(async () => {
    gauges.usageLag.set(instance.usage.lagMs() / 1000);
    gauges.refusalsLag.set(instance.refusals.lagMs() / 1000);
    const [failing, keys, waits] = await Promise.all([
      instance.findFailingCheck(),
      answerOf(instance.readKeyOverview()),
      Promise.all(pools.map(async ([pool, client]) => ({ pool, ms: await measureWait(client) }))),
    ]);
    gauges.ready.set(failing === undefined ? 1 : 0);
    gauges.databaseUp.set(failing === "database" ? 0 : 1);
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
  });
}

function createGauges({ registry }: Metrics) {
  const registers = [registry];
  return {
    buildInfo: new Gauge({
      name: "civikey_build_info",
      help: "1; the labels say what runs",
      labelNames: ["version", "bun"],
      aggregator: "first",
      registers,
    }),
    ready: new Gauge({
      name: "civikey_ready",
      help: "1 when /readyz answers 200, else 0",
      aggregator: "min",
      registers,
    }),
    databaseUp: new Gauge({
      name: "civikey_database_up",
      help: "1 when the database answers within a second, else 0",
      aggregator: "min",
      registers,
    }),
    keys: new Gauge({
      name: "civikey_api_keys",
      help: "API keys by state; left out when the database does not answer",
      labelNames: ["state"],
      aggregator: "max",
      registers,
    }),
    soonestExpiration: new Gauge({
      name: "civikey_api_key_soonest_expiration_seconds",
      help: "Seconds until the first active API key expires; left out when there is none",
      aggregator: "min",
      registers,
    }),
    usageLag: new Gauge({
      name: "civikey_usage_flush_lag_seconds",
      help: "Seconds since all usage that had been gathered was written",
      aggregator: "max",
      registers,
    }),
    refusalsLag: new Gauge({
      name: "civikey_refusals_flush_lag_seconds",
      help: "Seconds since all refusals that had been gathered were written",
      aggregator: "max",
      registers,
    }),
    connectionsMax: new Gauge({
      name: "civikey_database_connections_max",
      help: "Connections that a pool may open",
      labelNames: ["pool"],
      registers,
    }),
    wait: new Gauge({
      name: "civikey_database_wait_seconds",
      help: "Seconds until a query that does nothing was answered, waiting for a connection included; 1 is the limit",
      labelNames: ["pool"],
      aggregator: "max",
      registers,
    }),
  };
}

/** Milliseconds that a query of this pool waits now, the deadline when it is longer; undefined without a database. */
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
    // Why is `civikey_database_up`'s to say, and the log's where a request fails for it.
    return undefined;
  }
}
