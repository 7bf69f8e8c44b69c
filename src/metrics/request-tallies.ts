/**
 * Counts answers in plain numbers and gives them to the Prometheus client when it reads: its own counters
 * and histograms take a microsecond or more for each answer, a tally a tenth of one.
 */
import { Counter, Histogram, type Registry } from "prom-client";
import type { RoutePattern } from "../http/context.ts";
import type { Method } from "../http/methods.ts";

/** What answers are told apart by. */
export interface Outcome {
  readonly route: RoutePattern;
  readonly method: Method;
  readonly status: number;
}

interface Tally {
  readonly outcome: Outcome;
  count: number;
  seconds: number;
  /** Answers by the first of `durationBuckets` that they fit in; the last element has those that fit in none. */
  readonly byBucket: number[];
}

const labelNames = ["route", "method", "status"] as const;
const durationBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

/** Counts answers; `seconds` is how long each took to begin. */
export interface RequestTallies {
  count(outcome: Outcome, seconds: number): void;
}

/** Registers `<prefix>_requests_total` and `<prefix>_request_duration_seconds`, and counts for both. */
export function createRequestTallies(
  registry: Registry,
  { prefix, what }: { prefix: string; what: string },
): RequestTallies {
  const byRoute = new Map<string, Map<number, Map<string, Tally>>>();
  const tallies: Tally[] = [];

  function addTally({ route, method, status }: Outcome): Tally {
    const tally = {
      outcome: { route, method, status },
      count: 0,
      seconds: 0,
      byBucket: Array<number>(durationBuckets.length + 1).fill(0),
    };
    const byStatus = byRoute.get(route) ?? new Map<number, Map<string, Tally>>();
    const byMethod = byStatus.get(status) ?? new Map<string, Tally>();
    byRoute.set(route, byStatus.set(status, byMethod.set(method, tally)));
    tallies.push(tally);
    return tally;
  }

  new Counter({
    name: `${prefix}_requests_total`,
    help: `${what}, by the pattern of the route (none: no route matches), method and status`,
    labelNames,
    registers: [registry],
    collect() {
      this.reset();
      for (const { outcome, count } of tallies) this.inc({ ...outcome }, count);
    },
  });
  registerDurations(registry, tallies, {
    name: `${prefix}_request_duration_seconds`,
    help: `${what}: seconds until the answer began`,
  });
  return {
    count(outcome, seconds) {
      const { route, method, status } = outcome;
      const tally = byRoute.get(route)?.get(status)?.get(method) ?? addTally(outcome);
      tally.count += 1;
      tally.seconds += seconds;
      const found = durationBuckets.findIndex((bound) => seconds <= bound);
      const bucket = found < 0 ? durationBuckets.length : found;
      tally.byBucket[bucket] = (tally.byBucket[bucket] ?? 0) + 1;
    },
  };
}

/** Registers a histogram whose numbers are those of the tallies. */
function registerDurations(
  registry: Registry,
  tallies: readonly Tally[],
  { name, help }: { name: string; help: string },
): void {
  const create = () =>
    new Histogram({ name, help, labelNames, buckets: durationBuckets, registers: [] });
  const empty = create();
  const get = async () => ({
    ...(await empty.get()),
    values: tallies.flatMap((tally) => samplesOf(name, tally)),
  });
  // The client prints by the second name where there is one.
  registry.registerMetric(Object.assign(create(), { get, getForPromString: get }));
}

function samplesOf(name: string, { outcome, count, seconds, byBucket }: Tally) {
  let sum = 0;
  const buckets = durationBuckets.map((le, index) => {
    sum += byBucket[index] ?? 0;
    return { metricName: `${name}_bucket`, labels: { ...outcome, le: String(le) }, value: sum };
  });
  return [
    ...buckets,
    { metricName: `${name}_bucket`, labels: { ...outcome, le: "+Inf" }, value: count },
    { metricName: `${name}_sum`, labels: { ...outcome }, value: seconds },
    { metricName: `${name}_count`, labels: { ...outcome }, value: count },
  ];
}
