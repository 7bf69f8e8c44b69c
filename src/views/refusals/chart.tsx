import type { RefusalReason } from "../../domain/access/authentication.ts";
import type { DailyRefusals } from "../../domain/access/refusals/list.ts";
import { DayChart } from "../parts/chart.tsx";
import { pluralize } from "../parts/format.ts";
import { reasonNames } from "./reasons.ts";
import { DailyRefusalTable } from "./tables.tsx";

const reasons = Object.keys(reasonNames) as RefusalReason[];

/** How many calls with a key were refused each day, by reason. A reason has the same color everywhere. */
export function RefusalChart(props: {
  refusals: readonly DailyRefusals[];
  /** The days to show (`YYYY-MM-DD`), the oldest first. */
  days: readonly string[];
}): JSX.Element {
  const { refusals, days } = props;
  const counted = new Map(refusals.map((row) => [`${row.day} ${row.reason}`, row.callCount]));
  const series = reasons.flatMap((reason, index) => {
    const counts = days.map((day) => counted.get(`${day} ${reason}`) ?? 0);
    if (counts.every((count) => count === 0)) return [];
    return [{ name: reasonNames[reason], tone: index + 1, counts }];
  });
  const total = series.flatMap(({ counts }) => counts).reduce((sum, count) => sum + count, 0);
  const only = series.length === 1 ? `, all because of “${series[0]?.name}”` : "";
  return (
    <DayChart
      id="refused"
      title="Refused calls per day"
      summary={`${pluralize(total, "refused call")} in the last ${days.length} days${only}.`}
      days={days}
      series={series}
      unit="refused call"
    >
      <DailyRefusalTable days={refusals} />
    </DayChart>
  );
}
