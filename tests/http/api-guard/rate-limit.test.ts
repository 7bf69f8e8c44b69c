import { expect, test } from "bun:test";
import { createRateLimits } from "../../../src/http/api-guard/rate-limit.ts";
import { type Address, parseAddress } from "../../../src/lib/net/subnets.ts";

const limitsOf = (refusedPerMinute: number) =>
  createRateLimits({
    refusedPerMinute,
    perKeyPerMinute: 0,
    anonymousPerMinute: 0,
    countedMax: 1_000,
  });

function addressOf(text: string): Address {
  const address = parseAddress(text);
  if (address === undefined) throw new Error(`${text} is no address`);
  return address;
}

/** A caller that has as many networks as it likes. */
const networkOf = (index: number) =>
  addressOf(`2001:db8:${(index >> 16).toString(16)}:${(index & 0xffff).toString(16)}::1`);

test("clients that keep changing networks use a bounded amount of memory", () => {
  const limits = limitsOf(300);
  const fill = (from: number, until: number) => {
    for (let index = from; index < until; index += 1) limits.countRefused(networkOf(index));
    Bun.gc(true);
    return process.memoryUsage().heapUsed;
  };
  const full = fill(0, 2_000);
  const fuller = fill(2_000, 20_000);
  // 18,000 networks would be some 7 MB.
  expect(fuller - full).toBeLessThan(4 * 1024 * 1024);
});

test("a network past its limit stays limited while others come and go", () => {
  const limits = limitsOf(2);
  const blocked = addressOf("198.51.100.7");
  limits.countRefused(blocked);
  limits.countRefused(blocked);
  for (let index = 0; index < 10_000; index += 1) limits.countRefused(networkOf(index));
  expect(limits.findExhausted(blocked)).toMatchObject({ policy: "refused-calls", quota: 2 });
});

test("counts a bounded number of networks, even when all are past their limits", () => {
  const limits = limitsOf(1);
  for (let index = 0; index < 1_500; index += 1) limits.countRefused(networkOf(index));
  expect(limits.findExhausted(networkOf(0))).toBeUndefined();
  expect(limits.findExhausted(networkOf(1_499))).toBeDefined();
});
