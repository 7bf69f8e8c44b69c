import { expect, test } from "bun:test";
import { noRoute } from "../../src/http/context.ts";
import { createMetrics } from "../../src/metrics/registry.ts";
import { parseMetrics, sumOf } from "../support/metrics.ts";

test("a duration is in every bucket that it fits in, its bound included, and in +Inf", async () => {
  const metrics = createMetrics();
  const outcome = { isApi: true, route: noRoute, method: "GET", status: 200 } as const;
  for (const seconds of [0, 0.001, 0.0011, 5, 60]) {
    metrics.countAnswer({ ...outcome, seconds, refusal: undefined });
  }
  const samples = parseMetrics(await metrics.print());
  const name = "civikey_api_request_duration_seconds";
  const bucket = (le: string) => sumOf(samples, `${name}_bucket`, { le, route: "none" });
  expect(["0.001", "0.0025", "2.5", "5", "+Inf"].map(bucket)).toEqual([2, 3, 3, 4, 5]);
  expect(sumOf(samples, `${name}_count`)).toBe(5);
  expect(sumOf(samples, `${name}_sum`)).toBeCloseTo(65.0021);
  // Reading changes nothing.
  expect(parseMetrics(await metrics.print())).toEqual(samples);
});
