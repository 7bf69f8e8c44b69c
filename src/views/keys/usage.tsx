/** How much an API key is used, as a line in the list. */
import { scaleLinear } from "d3-scale";
import { area, line } from "d3-shape";
import type { DailyCalls } from "../../domain/access/usage/history.ts";
import { formatCount, formatDay, pluralize } from "../parts/format.ts";

/** The units of the drawing; the style sheet gives it its size. */
const width = 90;
const height = 20;

/** Calls per day as a line without numbers; it says its numbers in words. Nothing when there was no call. */
export function Sparkline({ days }: { days: readonly DailyCalls[] }): JSX.Element {
  const most = Math.max(0, ...days.map(({ callCount }) => callCount));
  if (most === 0) return "";
  const x = scaleLinear()
    .domain([0, days.length - 1])
    .range([0, width]);
  // The line is as thick as the space above and below it.
  const y = scaleLinear()
    .domain([0, most])
    .range([height - 1, 1]);
  const left = (_: DailyCalls, index: number) => x(index);
  const top = ({ callCount }: DailyCalls) => y(callCount);
  return (
    <svg class="civikey-sparkline" viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" role="img">
      <title safe>{summaryOf(days)}</title>
      <path class="civikey-sparkline__area" d={area<DailyCalls>().x(left).y0(height).y1(top).digits(1)(days)} />
      <path class="civikey-sparkline__line" d={line<DailyCalls>().x(left).y(top).digits(1)(days)} />
    </svg>
  );
}

/** The numbers of a chart in one sentence. */
function summaryOf(days: readonly DailyCalls[]): string {
  const within = `in the last ${days.length} days`;
  const total = days.reduce((sum, { callCount }) => sum + callCount, 0);
  if (total === 0) return `No calls ${within}.`;
  const most = days.reduce((best, day) => (day.callCount > best.callCount ? day : best));
  const all = `${pluralize(total, "call")} ${within}`;
  return most.callCount === total
    ? `${all}, all on ${formatDay(most.day)}.`
    : `${all}, the most on ${formatDay(most.day)}: ${formatCount(most.callCount)}.`;
}
