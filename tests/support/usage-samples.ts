/** Calls per day as sample data. */
import type { Suggestion } from "../../src/domain/access/suggestions/rules.ts";
import { type DailyCalls, listHistoryDays } from "../../src/domain/access/usage/history.ts";

const days = listHistoryDays("2026-11-23");

/** Days without a call. */
export const noCalls: readonly DailyCalls[] = days.map((day) => ({ day, callCount: 0 }));

/** A working week like the others, with one day that stands out; about that many calls a day. */
export function someCalls(perDay: number, dayCount = 30): readonly DailyCalls[] {
  return listHistoryDays("2026-11-23", dayCount).map((day, index) => {
    const isWeekend = [0, 6].includes(new Date(day).getUTCDay());
    const wave = isWeekend ? 0 : 1 + 0.3 * Math.sin(index * 1.7);
    return { day, callCount: Math.round(perDay * (index === 20 ? 2.4 : wave)) };
  });
}

/** One of each kind but `retire`, which the others rule out. */
export const someSuggestions = [
  {
    kind: "shrink_subnets",
    shrunk: [{ subnet: "203.0.113.0/24", callCount: 12_043, blocks: ["203.0.113.4/31", "203.0.113.9/32"] }],
    subnets: ["203.0.113.4/31", "203.0.113.9/32"],
  },
  { kind: "replace", usedDays: 7 },
  {
    kind: "look_into",
    refusedDay: { day: "2026-11-22", refused: 40, good: 3 },
    newNetwork: { network: "2001:db8:1234::/48", firstAt: new Date("2026-11-21T09:00:00Z") },
  },
] as const satisfies readonly Suggestion[];
