/**
 * What one process counts, for Prometheus (spec 6). `docs/metrics.md` explains every metric, and a test
 * holds it to this. No label ever has a text that a caller made up: their values are lists of our own.
 */
import {
  AggregatorRegistry,
  Counter,
  collectDefaultMetrics,
  Histogram,
  type MetricObjectWithValues,
  type MetricValue,
  Registry,
} from "prom-client";
import { type RefusalReason, rules } from "../domain/access/authentication.ts";
import type { RoutePattern } from "../http/context.ts";
import type { Method } from "../http/methods.ts";

/** One answered request, as it is counted. */
export interface CountedAnswer {
  readonly route: RoutePattern;
  readonly method: Method;
  readonly status: number;
  /** Whether it is the API's; what could not be read as a request for anything is, too. */
  readonly isApi: boolean;
  /** From the request's arrival until its answer began. */
  readonly seconds: number;
  readonly refusal: RefusalReason | undefined;
}

/** All metrics of one process as plain data, which can be sent to another. */
export type MetricsSnapshot = readonly MetricObjectWithValues<MetricValue<string>>[];

/** The metrics of one process. Nothing is shared with another one that is made. */
export interface Metrics {
  /** Where more metrics are registered. */
  readonly registry: Registry;
  /** Counts one answer, once. */
  countAnswer(answer: CountedAnswer): void;
  /** Counts one query of the look-up of keys. */
  countBatch(keys: number): void;
  /** Has something brought up to date before every reading. It must not throw, and not take long. */
  beforeReading(refresh: () => Promise<void>): void;
  /** Everything in Prometheus' text format. */
  print(): Promise<string>;
  /** Everything as data, for `printMerged`. */
  takeSnapshot(): Promise<MetricsSnapshot>;
}

const durationBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];
const batchBuckets = [1, 2, 4, 8, 16, 32, 64, 128, 256, 500];

/** Makes the metrics of a process, all at zero. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const countApi = createRequestCounter(registry, { prefix: "civikey_api", what: "API requests" });
  const countOther = createRequestCounter(registry, {
    prefix: "civikey_other",
    what: "Requests for pages, documents, assets and probes",
  });
  const refusals = new Counter({
    name: "civikey_refusals_total",
    help: "API requests that were answered 401, by the rule that refused them",
    labelNames: ["reason"],
    registers,
  });
  // Zeros from the start: what appears with its first 1 never was a rise.
  for (const { reason } of rules) refusals.inc({ reason }, 0);
  const batches = new Histogram({
    name: "civikey_lookup_batch_size",
    help: "Keys that one look-up query asked for",
    buckets: batchBuckets,
    registers,
  });
  const refreshes: (() => Promise<void>)[] = [];
  const refreshAll = () => Promise.all(refreshes.map((refresh) => refresh()));

  return {
    registry,
    countAnswer(answer) {
      (answer.isApi ? countApi : countOther)(answer);
      if (answer.refusal !== undefined) refusals.inc({ reason: answer.refusal });
    },
    countBatch: (keys) => batches.observe(keys),
    beforeReading: (refresh) => void refreshes.push(refresh),
    async print() {
      await refreshAll();
      return registry.metrics();
    },
    async takeSnapshot() {
      await refreshAll();
      return registry.getMetricsAsJSON();
    },
  };
}

/** Registers `<prefix>_requests_total` and `<prefix>_request_duration_seconds`, and gives what counts for both. */
function createRequestCounter(
  registry: Registry,
  { prefix, what }: { prefix: string; what: string },
): (answer: CountedAnswer) => void {
  const shared = { labelNames: ["route", "method", "status"] as const, registers: [registry] };
  const requests = new Counter({
    name: `${prefix}_requests_total`,
    help: `${what}, by the pattern of the route (none: no route matches), method and status`,
    ...shared,
  });
  const durations = new Histogram({
    name: `${prefix}_request_duration_seconds`,
    help: `${what}: seconds until the answer began`,
    buckets: durationBuckets,
    ...shared,
  });
  return ({ route, method, status, seconds }) => {
    const labels = { route, method, status };
    requests.inc(labels);
    durations.observe(labels, seconds);
  };
}

/**
 * Several processes as one, in Prometheus' text format: counts are added up, gauges as each of them says
 * (the oldest lag, the soonest expiration). The start time of processes is left out.
 */
export function printMerged(snapshots: readonly MetricsSnapshot[]): Promise<string> {
  return AggregatorRegistry.aggregate([...snapshots]).metrics();
}

/** Several processes as one, as data. */
export function mergeSnapshots(snapshots: readonly MetricsSnapshot[]): Promise<MetricsSnapshot> {
  return AggregatorRegistry.aggregate([...snapshots]).getMetricsAsJSON();
}

/** Of what the client measures of a process: what Bun fills with sense. The rest is zeros or Node's. */
const processMetrics: ReadonlySet<string> = new Set([
  "process_cpu_user_seconds_total",
  "process_cpu_system_seconds_total",
  "process_cpu_seconds_total",
  "process_start_time_seconds",
  "process_resident_memory_bytes",
  "process_open_fds",
  "process_max_fds",
  "nodejs_eventloop_lag_seconds",
  "nodejs_eventloop_lag_max_seconds",
  "nodejs_eventloop_lag_p50_seconds",
  "nodejs_eventloop_lag_p99_seconds",
]);

/** Adds what is known of the process itself. Its timers run as long as the process: once in each. */
export function measureProcess({ registry }: Metrics): void {
  const own = new Set(registry.getMetricsAsArray().map(({ name }) => name));
  collectDefaultMetrics({ register: registry });
  for (const { name } of registry.getMetricsAsArray()) {
    if (!own.has(name) && !processMetrics.has(name)) registry.removeSingleMetric(name);
  }
}
