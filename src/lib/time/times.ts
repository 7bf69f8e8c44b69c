/** Times and days: ISO text, epoch microseconds (what PostgreSQL keeps), the instance's zone. */
import { type BoundedMap, createBoundedMap } from "../limits/bounded-map.ts";

const DATE = /^\d{4}-\d{2}-\d{2}$/;
const LOCAL_DATE_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::[0-5]\d(?:\.\d{1,9})?)?$/;
/** Up to 18 hours, as Java has them, and so CiviForm. */
const OFFSET = /([+-](?:0\d|1[0-7]|18(?=:00))):([0-5]\d)/;
const OFFSET_DATE_TIME = new RegExp(`${LOCAL_DATE_TIME.source.slice(0, -1)}(?:Z|${OFFSET.source})$`);
/** The same in parts, hours and minutes in their bounds; of a fraction what PostgreSQL keeps. */
const IMPORTED_TIME = new RegExp(
  String.raw`^(\d{4}-\d{2}-\d{2})T([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d)(?:\.(\d{1,6})\d{0,3})?)?(?:Z|${OFFSET.source})$`,
);

/**
 * Reads a `fromDate` or `toDate` as epoch microseconds, or undefined: a date-time with
 * offset; a date-time in the zone (in a gap later by the gap, in an overlap the first); or a date,
 * which is the first instant of that day in the zone. Nanoseconds round up, so that both "at or
 * after" and "before" stay exact for stored microseconds. Throws a RangeError on an unknown zone.
 */
export function parseQueryTime(text: string, zone: string): bigint | undefined {
  const local = parseDate(text) ?? parseLocalDateTime(text);
  const instant = local?.toZonedDateTime(zone).toInstant() ?? parseInstant(text);
  const rounded = instant?.round({ smallestUnit: "microsecond", roundingMode: "ceil" });
  return rounded && rounded.epochNanoseconds / 1000n;
}

/**
 * Reads an imported time, an ISO date-time with `Z` or an offset, as epoch microseconds, or
 * undefined. Digits finer than a microsecond are cut off.
 */
export function parseTimestamp(text: string): bigint | undefined {
  // As `parseInstant`, at a quarter of its cost: imports read two or three of every record.
  const [, date = "", hour = 0, minute = 0, second = 0, fraction = "", offset = "", offsetMinute = 0] =
    IMPORTED_TIME.exec(text) ?? [];
  const day = readDay(date);
  if (day === undefined) return undefined;
  const minutes = Number(hour) * 60 + Number(minute);
  const offsetMinutes = Math.abs(Number(offset)) * 60 + Number(offsetMinute);
  const seconds =
    day * 86_400 + (minutes - (offset.startsWith("-") ? -offsetMinutes : offsetMinutes)) * 60 + Number(second);
  return BigInt(seconds) * 1_000_000n + BigInt(fraction.padEnd(6, "0"));
}

const daysKeptMax = 10_000;
const daysByDate: BoundedMap<string, number> = createBoundedMap(daysKeptMax);

/** A date's day since 1970-01-01, or undefined for one that is not in the calendar. */
function readDay(date: string): number | undefined {
  const known = daysByDate.get(date);
  if (known !== undefined) return known;
  const start = parseDate(date)?.toZonedDateTime("UTC");
  if (start === undefined) return undefined;
  const day = start.epochMilliseconds / 86_400_000;
  daysByDate.set(date, day);
  return day;
}

/** Reads a real calendar date, exactly `YYYY-MM-DD`, or undefined. */
export function parseDate(text: string): Temporal.PlainDate | undefined {
  return readAs(DATE, text, () => Temporal.PlainDate.from(text));
}

function parseLocalDateTime(text: string): Temporal.PlainDateTime | undefined {
  return readAs(LOCAL_DATE_TIME, text, () => Temporal.PlainDateTime.from(text));
}

function parseInstant(text: string): Temporal.Instant | undefined {
  return readAs(OFFSET_DATE_TIME, text, () => Temporal.Instant.from(text));
}

/** The pattern refuses what only Temporal takes for ISO text; Temporal, what is no real time. */
function readAs<T>(pattern: RegExp, text: string, read: () => T): T | undefined {
  if (!pattern.test(text)) return undefined;
  try {
    return read();
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/**
 * The first instant of a day (`YYYY-MM-DD`) in the zone, also where midnight is skipped; undefined
 * when the text is no real date.
 */
export function startOfDay(date: string, zone: string): Date | undefined {
  const start = parseDate(date)?.toZonedDateTime(zone);
  return start && new Date(start.epochMilliseconds);
}

/** The day (`YYYY-MM-DD`) that `now` is on in the zone. */
export function localDate(now: Date, zone: string): string {
  const instant = Temporal.Instant.fromEpochMilliseconds(now.getTime());
  return instant.toZonedDateTimeISO(zone).toPlainDate().toString();
}

/** `localDate` for many times that are mostly on one day: a day is worked out once, not once per call. */
export function createDayReader(zone: string): (at: Date) => string {
  let known = { day: "", fromMs: 0, untilMs: 0 };
  return (at) => {
    const ms = at.getTime();
    if (ms < known.fromMs || ms >= known.untilMs) {
      const day = localDate(at, zone);
      const startMs = (date: string) => startOfDay(date, zone)?.getTime() ?? ms;
      known = { day, fromMs: startMs(day), untilMs: startMs(addDays(day, 1)) };
    }
    return known.day;
  };
}

/** The day that many days after `date` (`YYYY-MM-DD`). Throws a RangeError when it is no date. */
export function addDays(date: string, days: number): string {
  return Temporal.PlainDate.from(date).add({ days }).toString();
}
