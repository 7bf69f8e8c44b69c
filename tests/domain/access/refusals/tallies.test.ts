import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  createRefusalTallies,
  distinctRefusalsMax,
  type RefusalTally,
  type RefusedCall,
  talliesMax,
} from "../../../../src/domain/access/refusals/tallies.ts";
import { sampleRefusedCall } from "../../../support/refusal-samples.ts";

const noonMs = Date.parse("2026-01-15T20:00:00Z");

const refusedCall = (given: Partial<RefusedCall> = {}) => sampleRefusedCall({ at: new Date(noonMs), ...given });
const callsIn = (tallies: readonly RefusalTally[]) => tallies.reduce((sum, { calls }) => sum + calls, 0);
/** A flood: every call from another address, on another path, with another credential. */
const flood = (count: number, given: Partial<RefusedCall> = {}) =>
  Array.from({ length: count }, (_, index) =>
    refusedCall({ address: `2001:db8::${index.toString(16)}`, slug: `p-${index}`, ...given }),
  );

function gather(calls: readonly RefusedCall[]): RefusalTally[] {
  const tallies = createRefusalTallies();
  for (const call of calls) tallies.count(call);
  return tallies.takeAll();
}

describe("refused calls in memory", () => {
  test("share one tally when alike within a minute, with the newest time and request ID", () => {
    const at = (seconds: number) => new Date(noonMs + seconds * 1000);
    const tallies = gather([
      refusedCall({ at: at(1), requestId: "first" }),
      refusedCall({ at: at(59), requestId: "newest" }),
      refusedCall({ at: at(30), requestId: "between" }),
      refusedCall({ at: at(60), requestId: "next minute" }),
    ]);
    expect(tallies).toMatchObject([
      { minuteMs: noonMs, calls: 3, lastAt: at(59), lastRequestId: "newest" },
      { minuteMs: noonMs + 60_000, calls: 1, lastRequestId: "next minute" },
    ]);
  });

  test("are told apart by key, reason, address, route, slug and fingerprint", () => {
    const differing: Partial<RefusedCall>[] = [
      {},
      { apiKeyId: 2 },
      { apiKeyId: undefined },
      { reason: "expired" },
      { address: "198.51.100.8" },
      { address: undefined },
      { route: "none" },
      { slug: "snow-removal" },
      { fingerprint: "9f86d081884c7d65" },
    ];
    expect(gather(differing.map(refusedCall))).toHaveLength(differing.length);
  });

  test("over the limit of a key are counted by reason alone, without affecting other keys", () => {
    const tallies = gather([...flood(5_000), refusedCall({ apiKeyId: 2 })]);
    const ofKey = tallies.filter(({ apiKeyId }) => apiKeyId === 1);
    expect(ofKey).toHaveLength(distinctRefusalsMax.ofOneKey + 1);
    expect(callsIn(ofKey)).toBe(5_000);
    expect(ofKey.at(-1)).toMatchObject({ address: undefined, route: undefined, slug: undefined });
    expect(tallies.at(-1)).toMatchObject({ apiKeyId: 2, address: "198.51.100.7" });
  });

  test("stay within the limit of a minute, however often they are written during it", () => {
    const tallies = createRefusalTallies();
    let written = 0;
    for (let flush = 0; flush < 100; flush += 1) {
      for (const call of flood(200, { apiKeyId: undefined })) tallies.count(call);
      const taken = tallies.takeAll();
      written = Math.max(written, taken.length);
      expect(callsIn(taken)).toBe(200);
    }
    expect(written).toBeLessThanOrEqual(distinctRefusalsMax.withoutKey + 1);
  });

  test("stay within their memory limit while the database is away for days", () => {
    const tallies = createRefusalTallies();
    for (let minute = 0; minute < 40; minute += 1) {
      const at = new Date(noonMs + minute * 60_000);
      for (const call of flood(1_000, { apiKeyId: undefined, at })) tallies.count(call);
    }
    const taken = tallies.takeAll();
    expect(taken).toHaveLength(talliesMax);
    tallies.putBack([...taken, ...gather(flood(1_000, { apiKeyId: 7 }))]);
    expect(tallies.takeAll()).toHaveLength(talliesMax);
  });

  test("put back after a failed write are merged with newer ones, without losing any or counting any twice", () => {
    const anyCall = fc
      .record({
        apiKeyId: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
        reason: fc.constantFrom("expired", "no_grant", "unknown_key" as const),
        seconds: fc.integer({ min: 0, max: 300 }),
        address: fc.option(fc.ipV4(), { nil: undefined }),
      })
      .map(({ seconds, ...call }) => refusedCall({ ...call, at: new Date(noonMs + seconds * 1000) }));
    fc.assert(
      fc.property(fc.array(anyCall), fc.array(anyCall), (early, late) => {
        const tallies = createRefusalTallies();
        for (const call of early) tallies.count(call);
        const failed = tallies.takeAll();
        for (const call of late) tallies.count(call);
        tallies.putBack(failed);
        expect(callsIn(tallies.takeAll())).toBe(early.length + late.length);
        expect(tallies.takeAll()).toEqual([]);
      }),
    );
  });
});
