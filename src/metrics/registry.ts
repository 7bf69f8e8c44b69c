/**
 * What one process counts, for Prometheus. A test checks that `docs/metrics.md` explains every metric. No
 * label has a value that a caller made up.
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

/** What is counted of an answered request. */
interface CountedAnswer {
  readonly route: RoutePattern;
  readonly method: Method;
  readonly status: number;
  /** Whether it counts as the API's, as unreadable requests do. */
  readonly isApi: boolean;
  /** From the request's arrival until its answer began. */
  readonly seconds: number;
  readonly refusal: RefusalReason | undefined;
}

/** All metrics of one process as plain data, which can be sent to another process. */
export type MetricsSnapshot = readonly MetricObjectWithValues<MetricValue<string>>[];

/** The metrics of one process. */
export interface Metrics {
  /** Where more metrics are registered. */
  readonly registry: Registry;
  /** Counts one answer, once. */
  countAnswer(answer: CountedAnswer): void;
  /** Counts one lookup query for some keys. */
  countBatch(keys: number): void;
  /** Registers what updates metrics before every reading. It must be fast and must not throw. */
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
  // Zeros from the start: Prometheus does not see a counter rise that appears with its first 1.
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
 * The metrics of several processes as one, in Prometheus' text format. Counts are added up; each gauge says
 * how it is combined (the longest lag, the soonest expiration). Start times are left out.
 */
export function printMerged(snapshots: readonly MetricsSnapshot[]): Promise<string> {
  return AggregatorRegistry.aggregate([...snapshots]).metrics();
}

/** The metrics of several processes as one, as data. */
export function mergeSnapshots(snapshots: readonly MetricsSnapshot[]): Promise<MetricsSnapshot> {
  return AggregatorRegistry.aggregate([...snapshots]).getMetricsAsJSON();
}

/** The default metrics that make sense on Bun. The others are zero or about Node. */
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

/** Adds metrics of the process itself. It starts timers that never stop, so call it once per process. */
export function measureProcess({ registry }: Metrics): void {
  const own = new Set(registry.getMetricsAsArray().map(({ name }) => name));
  collectDefaultMetrics({ register: registry });
  for (const { name } of registry.getMetricsAsArray()) {
    if (!own.has(name) && !processMetrics.has(name)) registry.removeSingleMetric(name);
  }
}
