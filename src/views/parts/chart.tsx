/**
 * Counts per day as bars, drawn on the server as SVG without a style attribute. The shapes stretch to any width; the
 * texts are HTML around them. The arrow keys move from day to day (`src/assets/charts.ts`); a table has the same numbers.
 */
import { Html } from "@elysiajs/html";
import { Folded } from "./components.tsx";
import { formatCount, formatDay, formatShortDay, formatWeekday } from "./format.ts";
import { DataTable, Row } from "./tables.tsx";
import { attribute, NameLink } from "./text.tsx";

/** What is counted: a row of bars. */
export interface ChartSeries {
  readonly name: string;
  /** Where its name leads. */
  readonly href?: string;
  /** Whether it counts what should not be. */
  readonly isBad?: boolean;
  /** One for each day. */
  readonly counts: readonly number[];
}

interface Drawing {
  /** `YYYY-MM-DD`, the oldest first. */
  readonly days: readonly string[];
  /** One or more. */
  readonly series: readonly ChartSeries[];
}

/** The units of the drawing, beside one for each day; the style sheet gives it its size. */
const height = 40;
/** So few look few, and one among thousands is still seen. */
const [topMin, barMin] = [4, 1];

/** One row of bars for each series, above the same days. Each has a scale of its own, which its highest bar names. */
export function DayChart(props: Drawing & { title: string; summary: string }): JSX.Element {
  const { days, series } = props;
  return (
    <figure class="civikey-chart">
      <figcaption class="usa-sr-only" safe>
        {props.summary}
      </figcaption>
      <div class="civikey-chart__plot">
        {series.map((one) => (
          <>
            <SeriesLabel {...one} days={days} />
            <svg
              class="civikey-chart__drawing"
              viewBox={`0 0 ${days.length} ${height}`}
              preserveAspectRatio="none"
              aria-hidden="true"
            >
              <path class="civikey-chart__weeks" d={drawWeeks(days.length)} />
              <path class={`civikey-chart__bars${one.isBad ? " civikey-chart__bars--bad" : ""}`} d={drawBars(one)} />
            </svg>
          </>
        ))}
        <ol class="civikey-chart__days" aria-label={attribute(props.title)}>
          {days.map((day, index) => (
            <Day {...props} index={index} day={day} />
          ))}
        </ol>
        <p class="civikey-chart__hint" aria-hidden="true">
          Select a day to see its numbers.
        </p>
      </div>
      <Folded summary={`${props.title} as a table`}>
        <CountTable {...props} />
      </Folded>
    </figure>
  );
}

function drawBars({ counts }: ChartSeries): string {
  const top = Math.max(topMin, ...counts);
  return counts
    .map((count, index) => {
      if (count === 0) return "";
      const bar = Math.max(barMin, Math.round((count / top) * height * 10) / 10);
      return `M${index + 0.1},${height}v-${bar}h.8v${bar}z`;
    })
    .join("");
}

/** Days that the axis names: every one of a week, else today and each a week before. */
const isTick = (index: number, count: number) => count <= 7 || (count - 1 - index) % 7 === 0;

function drawWeeks(count: number): string {
  const ticks = Array.from({ length: count }, (_, index) => index).filter((index) => isTick(index, count));
  return ticks.map((index) => `M${index + 0.5},0V${height}`).join("");
}

/** Which row it is, how many there are, and what its highest bar stands for. */
function SeriesLabel({ name, href, counts, days }: ChartSeries & Pick<Drawing, "days">): JSX.Element {
  const most = Math.max(...counts);
  const day = days[counts.indexOf(most)] ?? "";
  return (
    <p class="civikey-chart__label">
      <span>
        {href === undefined ? <strong safe>{name}</strong> : <NameLink href={href} name={name} />}{" "}
        {Html.escapeHtml(formatCount(counts.reduce((sum, count) => sum + count, 0)))}
      </span>
      {most > 0 && <span class="civikey-quiet" safe>{`Most: ${formatCount(most)} on ${formatShortDay(day)}`}</span>}
    </p>
  );
}

/** A column of the chart, which says its numbers with the pointer on it or when it has the focus. */
function Day({ days, series, day, index }: Drawing & { day: string; index: number }): JSX.Element {
  const counted = series.filter(({ counts }) => (counts[index] ?? 0) > 0);
  const numbers = counted.map(({ name, counts }) => `${name} ${formatCount(counts[index] ?? 0)}`).join(", ");
  const text = `${formatDay(day)}: ${numbers || "none"}`;
  // Of many weeks every fourth is named where there is little room.
  const isMinor = days.length > 45 && (days.length - 1 - index) % 28 !== 0;
  return (
    <li class="civikey-chart__day">
      <span role="img" data-day aria-label={attribute(text)} tabindex={index === days.length - 1 ? 0 : -1}>
        <span class="civikey-chart__value" safe>
          {text}
        </span>
      </span>
      {isTick(index, days.length) && (
        <span class={`civikey-chart__tick${isMinor ? " civikey-chart__tick--minor" : ""}`} aria-hidden="true">
          <span safe>{days.length > 7 ? formatShortDay(day) : formatWeekday(day)}</span>
        </span>
      )}
    </li>
  );
}

/** The numbers of a chart, newest first, without the days on which nothing was counted. */
function CountTable({ days, series, title }: Drawing & { title: string }): JSX.Element {
  const columns = ["Day", ...series.map(({ name }) => name)];
  const counted = [...days.keys()].reverse().filter((index) => series.some(({ counts }) => counts[index]));
  return (
    <DataTable caption={title} columns={columns}>
      {counted.map((index) => (
        <Row columns={columns}>
          <time datetime={days[index]} safe>
            {formatDay(days[index] ?? "")}
          </time>
          {series.map(({ counts }) => (
            <span safe>{formatCount(counts[index] ?? 0)}</span>
          ))}
        </Row>
      ))}
    </DataTable>
  );
}

/** How many days the charts can show. */
export const periods = [7, 30, 90] as const;

/** The ways to more days, or fewer. */
export function Periods(props: { shown: number; hrefOf: (days: number) => string }): JSX.Element {
  return (
    <nav class="civikey-periods" aria-label="Days shown">
      {periods.map((days) => (
        <a href={attribute(props.hrefOf(days))} aria-current={days === props.shown ? "true" : undefined}>
          {Html.escapeHtml(`${days} days`)}
        </a>
      ))}
    </nav>
  );
}
