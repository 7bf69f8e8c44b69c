/**
 * A chart of counts per day as SVG, drawn on the server with d3's scales and shapes: no script, no
 * style attribute. Its shapes stretch to any width, so its texts stand beside the SVG as HTML. The
 * table with the same numbers is folded beneath it.
 */
import type { PropsWithChildren } from "@elysiajs/html";
import { scaleBand, scaleLinear } from "d3-scale";
import { stack } from "d3-shape";
import { formatShortDay, pluralize } from "./format.ts";

/** What is counted; `tone` is the number of its colour, 1 to 8. */
export interface ChartSeries {
  readonly name: string;
  readonly tone: number;
  /** One for each day. */
  readonly counts: readonly number[];
}

/** The units of the drawing; the style sheet gives it its size. */
const width = 600;
const height = 160;
const gridLines = 4;
const compact = new Intl.NumberFormat("en-US", { notation: "compact" });

/** Counts per day as bars, one on the other where there are several series. */
export function DayChart(props: {
  /** Unique on the page: the name of the chart. */
  id: string;
  /** What the chart is called where it cannot be seen. */
  title: string;
  /** What it shows, in a sentence. */
  summary: string;
  /** `YYYY-MM-DD`, the oldest first. */
  days: readonly string[];
  series: readonly ChartSeries[];
  /** What one of the counted things is called: `call`. */
  unit: string;
  /** The table with the same numbers. */
  children: PropsWithChildren["children"];
}): JSX.Element {
  const { id, title, summary, days, series } = props;
  const totals = days.map((_, index) => sum(series.map(({ counts }) => counts[index] ?? 0)));
  // Fewer than that, and there would be lines between whole numbers.
  const top = Math.max(gridLines, ...totals);
  const y = scaleLinear().domain([0, top]).range([height, 0]).nice(gridLines);
  const ticks = y.ticks(gridLines);
  return (
    <figure class="civikey-chart">
      <figcaption class="civikey-chart__caption" safe>
        {summary}
      </figcaption>
      {series.length > 1 && <Legend series={series} />}
      <div class="civikey-chart__plot">
        <div class="civikey-chart__ticks" aria-hidden="true">
          {ticks.toReversed().map((tick) => (
            <span safe>{compact.format(tick)}</span>
          ))}
        </div>
        <svg
          class="civikey-chart__drawing"
          viewBox={`0 0 ${width} ${height}`}
          preserveAspectRatio="none"
          role="img"
          aria-labelledby={`${id}_title`}
        >
          <title id={`${id}_title`} safe>
            {title}
          </title>
          <desc safe>{summary}</desc>
          {ticks.map((tick) => (
            <path class="civikey-chart__grid" d={`M0,${round(y(tick))}H${width}`} />
          ))}
          <Bars {...props} totals={totals} y={y} />
        </svg>
        <div class="civikey-chart__days" aria-hidden="true">
          {[days[0], days[Math.floor(days.length / 2)], days.at(-1)].map((day) => (
            <span safe>{day === undefined ? "" : formatShortDay(day)}</span>
          ))}
        </div>
      </div>
      <details class="civikey-more">
        <summary safe>{`${title} as a table`}</summary>
        {props.children}
      </details>
    </figure>
  );
}

/** The bars, day by day; with a mouse on a day, the browser says its numbers. */
function Bars(props: {
  days: readonly string[];
  series: readonly ChartSeries[];
  unit: string;
  totals: readonly number[];
  y: (count: number) => number;
}): JSX.Element {
  const { days, series, unit, totals, y } = props;
  const x = scaleBand().domain(days).rangeRound([0, width]).paddingInner(0.2);
  const stacked = stack<number, number>()
    .keys(series.keys())
    .value((index, key) => series[key]?.counts[index] ?? 0)(days.keys());
  return (
    <>
      {days.map((day, index) => (
        <g class="civikey-chart__day">
          <title safe>{`${formatShortDay(day)}: ${pluralize(totals[index] ?? 0, unit)}`}</title>
          <rect class="civikey-chart__column" x={x(day)} width={x.bandwidth()} height={height} />
          {stacked.map((layer, key) => {
            const [from = 0, to = 0] = layer[index] ?? [];
            if (to === from) return "";
            return (
              <rect
                class={`civikey-chart__bar civikey-tone--${series[key]?.tone}`}
                x={x(day)}
                y={round(y(to))}
                width={x.bandwidth()}
                height={round(y(from) - y(to))}
              />
            );
          })}
        </g>
      ))}
    </>
  );
}

function Legend({ series }: { series: readonly ChartSeries[] }): JSX.Element {
  return (
    <ul class="civikey-chart__legend">
      {series.map(({ name, tone, counts }) => (
        <li>
          <svg class="civikey-chart__swatch" viewBox="0 0 1 1" aria-hidden="true">
            <rect class={`civikey-tone--${tone}`} width="1" height="1" />
          </svg>
          <span safe>{`${name}: ${sum(counts).toLocaleString("en-US")}`}</span>
        </li>
      ))}
    </ul>
  );
}

/** A tenth of a unit is finer than anybody sees. */
function round(units: number): number {
  return Math.round(units * 10) / 10;
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}
