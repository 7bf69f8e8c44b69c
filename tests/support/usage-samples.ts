/** Calls per day as sample data. */
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
