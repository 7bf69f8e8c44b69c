import { historyDays } from "../domain/access/usage/history.ts";
import { periods } from "../views/parts/chart.tsx";

/** The days that an address asks for with `days`; the usual number for any other text. */
export function readPeriod(query: URLSearchParams): number {
  return periods.find((days) => String(days) === query.get("days")) ?? historyDays;
}
