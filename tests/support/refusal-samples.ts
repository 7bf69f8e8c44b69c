/** Refused calls as sample data, one for each reason. */

import type { Refusal, RefusedKey } from "../../src/domain/access/refusals/list.ts";
import type { RefusedCall } from "../../src/domain/access/refusals/tallies.ts";
import { listHistoryDays } from "../../src/domain/access/usage/history.ts";
import type { RefusalsPageProps } from "../../src/views/refusals/list.tsx";

const newest = Date.parse("2026-11-23T18:12:40Z");
const list = "/api/v1/admin/programs/housing-assistance/applications";

/** The key of a refused call; what is not given is plain and harmless. */
export function sampleRefusedKey(given: Partial<RefusedKey> = {}): RefusedKey {
  return {
    id: 7,
    keyId: "cvk_4Xr9TqLw2ZpVn8sKd3Yb1A",
    name: "Housing back end",
    expiration: new Date("2027-09-01T07:00:00Z"),
    subnets: ["203.0.113.0/24"],
    retiredAt: null,
    retiredBy: null,
    ...given,
  };
}

/** A call as it is counted; what is not given is from outside the subnets of the key 1. */
export function sampleRefusedCall(given: Partial<RefusedCall> = {}): RefusedCall {
  return {
    at: new Date(newest),
    reason: "outside_subnet",
    apiKeyId: 1,
    address: "198.51.100.7",
    route: list,
    slug: undefined,
    fingerprint: undefined,
    requestId: "request-1",
    ...given,
  };
}

/** One refusal; what is not given is a call from outside the subnets. */
export function sampleRefusal(given: Partial<Refusal> = {}): Refusal {
  return {
    id: 40,
    reason: "outside_subnet",
    callCount: 1,
    lastAt: new Date(newest),
    lastRequestId: "0f9b7b1e-3a52-4e0e-9d0c-6b2c5f0d7a11",
    address: "198.51.100.7",
    route: list,
    key: sampleRefusedKey(),
    fingerprint: null,
    ...given,
  };
}

const retiredKey = sampleRefusedKey({
  id: 4,
  name: "Old case management",
  retiredAt: new Date("2026-11-11T18:30:00Z"),
  retiredBy: "li.wei@seattle.example.gov",
});
const expiredKey = sampleRefusedKey({
  id: 3,
  name: "Summer pilot",
  expiration: new Date("2026-09-01T07:00:00Z"),
});

const anyReason: readonly Partial<Refusal>[] = [
  { reason: "outside_subnet" },
  { reason: "no_grant", route: "/api/v1/admin/programs/child-care/applications" },
  { reason: "no_grant", route: "/api/v1/admin/programs/:programSlug/applications" },
  { reason: "retired", key: retiredKey, callCount: 60 },
  { reason: "expired", key: expiredKey },
  { reason: "wrong_secret", callCount: 3, address: "203.0.113.9" },
  { reason: "outside_subnet", address: null },
  { reason: "outside_subnet", address: null, route: null, callCount: 12_431 },
  { reason: "unknown_key", key: null, fingerprint: "9f86d081884c7d65" },
  { reason: "malformed_credentials", key: null, fingerprint: "60303ae22b998861", route: "none" },
  { reason: "missing_credentials", key: null, address: "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff" },
];

/** Refusals of all kinds, newest first. */
export const sampleRefusals: readonly Refusal[] = anyReason.map((given, index) =>
  sampleRefusal({ id: 40 - index, lastAt: new Date(newest - index * 3_600_000), ...given }),
);

/** What the page of one key shows of its refusals, and of those who are warned. */
export const noRefusals = {
  refusals: { refusals: [], hasMore: false },
  dailyRefusals: [],
  programCalls: [],
  addressCalls: [],
  isWarnedOf: true,
};
export const someRefusals = {
  ...noRefusals,
  refusals: { refusals: sampleRefusals.slice(0, 2), hasMore: true },
  programCalls: [
    {
      ...{ slug: "housing-assistance", programName: "Housing assistance", permission: "READ" as const },
      ...{ callCount: 9_604, lastDay: "2026-11-23" },
    },
  ],
  addressCalls: ["203.0.113.9", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", null].map((address) => ({
    address,
    callCount: 3_204,
    firstAt: new Date("2026-10-25T18:12:40Z"),
    lastAt: new Date(newest),
  })),
  dailyRefusals: [
    { day: "2026-11-23", reason: "outside_subnet", callCount: 12 },
    { day: "2026-11-23", reason: "no_grant", callCount: 1 },
    { day: "2026-11-14", reason: "outside_subnet", callCount: 1_204 },
  ],
} as const;

/** What the page of refused calls says of all of them. */
export const refusalOverview: Pick<RefusalsPageProps, "day" | "chartDays" | "daily" | "groups"> = {
  day: "",
  chartDays: listHistoryDays("2026-11-23"),
  daily: [...someRefusals.dailyRefusals, { day: "2026-11-20", reason: "unknown_key", callCount: 60 }],
  groups: [3, 8, 9, 10].flatMap((index) => {
    const refusal = sampleRefusals[index];
    if (refusal === undefined) return [];
    const addresses = refusal.address === null ? [] : [refusal.address];
    const routes = refusal.route === null ? [] : [refusal.route];
    return { ...refusal, addresses, addressCount: 12, routes, routeCount: 1 };
  }),
};
