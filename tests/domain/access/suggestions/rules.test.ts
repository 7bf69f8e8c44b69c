import { describe, expect, test } from "bun:test";
import { allQuestions } from "../../../../src/domain/access/questions.ts";
import { followSuggestion } from "../../../../src/domain/access/suggestions/fill-form.ts";
import { findSuggestions, type KeyFacts, rules } from "../../../../src/domain/access/suggestions/rules.ts";
import { listHistoryDays } from "../../../../src/domain/access/usage/history.ts";
import { blocksAround, isInside, parseAddress } from "../../../../src/lib/net/subnets.ts";

const now = new Date("2026-06-30T12:00:00Z");
const today = "2026-06-30";
const daysAgo = (days: number) => new Date(now.getTime() - days * 86_400_000);
const grant = (slug: string, permission: "READ" | "WRITE" = "READ") => ({
  ...{ programName: slug, slug, permission },
  questions: allQuestions,
});
const [a, b, c] = [grant("a"), grant("b"), grant("a", "WRITE")];
/** Calls on each of the last days, the newest last. */
const days = (...counts: number[]) => {
  const list = listHistoryDays(today).map((day) => ({ day, callCount: 0 }));
  return list.map((day, index) => ({ ...day, callCount: counts[counts.length - list.length + index] ?? 0 }));
};
const from = (...callers: [address: string, callCount: number][]) =>
  callers.map(([address, callCount]) => ({ address, callCount }));
const network = (text: string, ago: number) => ({ network: text, firstAt: daysAgo(ago) });

/** A key of a year, in daily use, about which there is nothing to say. */
const facts = (more: Partial<Omit<KeyFacts, "apiKey">> & { apiKey?: Partial<KeyFacts["apiKey"]> } = {}): KeyFacts => ({
  ...{ now, today, knownSince: daysAgo(365), countedSince: "2025-06-30" },
  days: days(99),
  usedGrants: [a, b, c],
  addresses: from(["203.0.113.7", 99]),
  newestNetworks: [network("203.0.113.0/24", 89)],
  refusedDays: [],
  ...more,
  apiKey: {
    ...{ callCount: 9999, lastUsedAt: daysAgo(0), expiration: daysAgo(-31), successor: null },
    subnets: ["203.0.113.0/24"],
    grants: [a, b, c],
    ...more.apiKey,
  },
});
const unused = { callCount: 0, lastUsedAt: null };
const busy = { days: days(10, 10, 0, 0, 10, 10, 10), addresses: from(["203.0.113.7", 50]) };
const soon = { expiration: daysAgo(-30) };

describe("what is suggested", () => {
  const table: readonly [when: string, facts: KeyFacts, kinds: readonly string[]][] = [
    ["nothing of a key that is used as it should be", facts(), []],
    ["to retire a key without a call for 60 days", facts({ apiKey: { lastUsedAt: daysAgo(60) } }), ["retire"]],
    ["nothing after 59 days", facts({ apiKey: { lastUsedAt: daysAgo(59.9) } }), []],
    ["to retire a key that was never used in 30 days", facts({ apiKey: unused, knownSince: daysAgo(30) }), ["retire"]],
    ["nothing after 29 days", facts({ apiKey: unused, knownSince: daysAgo(29.9) }), []],
    [
      "nothing of a key that came from CiviForm 59 days ago, whose last call nobody knows",
      facts({ apiKey: { lastUsedAt: null }, knownSince: daysAgo(59.9) }),
      [],
    ],
    ["to retire it a day later", facts({ apiKey: { lastUsedAt: null }, knownSince: daysAgo(60) }), ["retire"]],
    ["to take a grant away that was not used while others were", facts({ usedGrants: [a, b] }), ["take_grants_away"]],
    ["nothing when no grant was used", facts({ usedGrants: [] }), []],
    ["nothing of a younger key", facts({ usedGrants: [a], knownSince: daysAgo(59.9) }), []],
    ["nothing before 60 days are counted", facts({ usedGrants: [a], countedSince: "2026-05-02" }), []],
    ["nothing before anything is counted", facts({ usedGrants: [a], countedSince: null }), []],
    [
      "to make a subnet smaller whose 100 calls came from 8 addresses",
      facts({
        days: days(60, 40),
        addresses: [93, ...Array(7).fill(1)].map((callCount, n) => ({ address: `203.0.113.${n * 3}`, callCount })),
      }),
      ["shrink_subnets"],
    ],
    [
      "nothing with 9 addresses",
      facts({
        days: days(900),
        addresses: Array.from({ length: 9 }, (_, n) => ({ address: `203.0.113.${n}`, callCount: 100 })),
      }),
      [],
    ],
    ["nothing with 99 calls", facts({ days: days(99) }), []],
    [
      "nothing of a subnet of 128",
      facts({
        apiKey: { subnets: ["203.0.113.0/25"] },
        days: days(500),
        addresses: from(["203.0.113.7", 500]),
      }),
      [],
    ],
    ["nothing when some calls came from nobody knows where", facts({ days: days(500) }), []],
    ["nothing when there are too many addresses", facts({ days: days(500), addresses: null }), []],
    ["to replace a key that expires in 30 days and is used on 5 of 7", facts({ ...busy, apiKey: soon }), ["replace"]],
    [
      "nothing when it has been replaced",
      facts({ ...busy, apiKey: { ...soon, successor: { id: 1, keyId: "k" } } }),
      [],
    ],
    ["nothing in the 31st day", facts(busy), []],
    ["nothing when it is used on 4 of 7", facts({ days: days(9, 0, 9, 0, 9, 0, 9), apiKey: soon }), []],
    [
      "to look into a day with more refused calls than good ones",
      facts({ refusedDays: [{ day: today, refused: 100, noGrant: 0 }] }),
      ["look_into"],
    ],
    ["nothing with as many", facts({ refusedDays: [{ day: today, refused: 99, noGrant: 0 }] }), []],
    [
      "to look into it: calls without a grant are not good ones",
      facts({ refusedDays: [{ day: today, refused: 60, noGrant: 50 }] }),
      ["look_into"],
    ],
    [
      "to look into a new network after 30 days without one",
      facts({ newestNetworks: [network("192.0.2.0/24", 3), network("203.0.113.0/24", 33)] }),
      ["look_into"],
    ],
    [
      "nothing after 29 days",
      facts({ newestNetworks: [network("192.0.2.0/24", 3), network("203.0.113.0/24", 32)] }),
      [],
    ],
    [
      "nothing when the new network is 30 days old itself",
      facts({ newestNetworks: [network("192.0.2.0/24", 30), network("203.0.113.0/24", 80)] }),
      [],
    ],
    [
      "several at once, in the order of the rules",
      facts({
        ...{ days: days(30, 30, 30, 30, 30), addresses: from(["203.0.113.7", 150]), usedGrants: [a] },
        refusedDays: [{ day: "2026-06-24", refused: 1, noGrant: 0 }],
        apiKey: soon,
      }),
      ["take_grants_away", "shrink_subnets", "replace", "look_into"],
    ],
  ];
  test.each(table)("%s", (_, given, kinds) => {
    const found: readonly string[] = findSuggestions(given).map(({ kind }) => kind);
    expect(found).toEqual(kinds);
  });

  test("every kind has a row, which gives that kind", () => {
    const kinds = new Set(table.flatMap(([, , each]) => each));
    const listed: readonly string[] = rules.map(({ kind }) => kind);
    expect([...kinds].toSorted()).toEqual(listed.toSorted());
  });
});

test("following a suggestion fills in what stays, and no more than the key has", () => {
  const form = {
    ...{ keyName: "Key", expiration: "2026-08-01", contactEmail: "", note: "" },
    subnet: "203.0.113.0/24\n198.51.100.1/32",
    grants: [a, b, c],
  };
  const [take] = findSuggestions(facts({ usedGrants: [a, b] }));
  expect(followSuggestion(form, take)).toEqual({ ...form, grants: [a, b] });
  const [shrink] = findSuggestions(
    facts({
      apiKey: { subnets: ["203.0.113.0/24", "198.51.100.1/32"] },
      days: days(200),
      addresses: from(["203.0.113.4", 60], ["203.0.113.5", 30], ["203.0.113.9", 10], ["198.51.100.1", 100]),
    }),
  );
  expect(followSuggestion(form, shrink).subnet).toBe("203.0.113.4/31\n203.0.113.9/32\n198.51.100.1/32");
  expect(followSuggestion(form, { kind: "replace", usedDays: 7 })).toEqual(form);
  expect(followSuggestion(form, undefined)).toEqual(form);
});

test("the blocks around some addresses are the fewest that hold them and no others, in order", () => {
  const around = (...texts: string[]) => {
    const addresses = texts.flatMap((text) => parseAddress(text) ?? []);
    const blocks = blocksAround(addresses);
    expect(addresses.every((address) => isInside(address, blocks))).toBeTrue();
    return blocks.map(({ text }) => text);
  };
  expect(around("10.0.0.7", "10.0.0.5", "10.0.0.6", "10.0.0.4", "10.0.0.4")).toEqual(["10.0.0.4/30"]);
  expect(around("10.0.0.3", "10.0.0.4")).toEqual(["10.0.0.3/32", "10.0.0.4/32"]);
  expect(around("2001:db8::1", "0.0.0.0", "2001:db8::", "255.255.255.255")).toEqual([
    "0.0.0.0/32",
    "255.255.255.255/32",
    "2001:db8::/127",
  ]);
  expect(around()).toEqual([]);
});
