import type { RefusalReason } from "../../domain/access/authentication.ts";
import type { DailyRefusals } from "../../domain/access/refusals/list.ts";
import type { ChartSeries } from "../parts/chart.tsx";
import { reasonNames } from "./reasons.ts";

const reasons = Object.keys(reasonNames) as RefusalReason[];

/** Refused calls as rows of a chart: one for each reason that there is, in the order of the rules. */
export function seriesOfReasons(
  refusals: readonly DailyRefusals[],
  days: readonly string[],
): (ChartSeries & { reason: RefusalReason })[] {
  const counted = new Map(refusals.map((row) => [`${row.day} ${row.reason}`, row.callCount]));
  return reasons.flatMap((reason) => {
    const counts = days.map((day) => counted.get(`${day} ${reason}`) ?? 0);
    return counts.some((count) => count > 0) ? [{ reason, name: reasonNames[reason], isBad: true, counts }] : [];
  });
}
