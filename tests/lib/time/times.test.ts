import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { formatInstant } from "../../../src/lib/time/instants.ts";
import {
  addDays,
  createDayReader,
  localDate,
  parseDate,
  parseQueryTime,
  parseTimestamp,
  startOfDay,
} from "../../../src/lib/time/times.ts";
import vectors from "../../fixtures/vectors/times.json";
import { anyText } from "../../support/any-text.ts";

const LOS_ANGELES = "America/Los_Angeles";
const ZONES = [
  "UTC",
  LOS_ANGELES,
  "America/Phoenix",
  "America/St_Johns",
  "America/Sao_Paulo",
  "Africa/Monrovia",
  "Africa/Casablanca",
  "Asia/Kolkata",
  "Asia/Kathmandu",
  "Australia/Lord_Howe",
  "Europe/Amsterdam",
  "Europe/Dublin",
  "Pacific/Apia",
  "Pacific/Chatham",
];

describe("formatInstant", () => {
  test.each(vectors.render)("writes $utc in $zone as $text", ({ utc, zone, text }) => {
    expect(formatInstant(microsecondsOf(utc), zone)).toBe(text);
    expect(formatInstant(Number(microsecondsOf(utc)), zone)).toBe(text);
  });

  test.each([
    ["2025-01-01T00:00:00.100000Z", "2025-01-01T00:00:00.1Z"],
    ["2025-01-01T00:00:00.000001Z", "2025-01-01T00:00:00.000001Z"],
    ["2025-01-01T00:00:00.001000Z", "2025-01-01T00:00:00.001Z"],
    ["1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999Z"],
    ["1969-12-31T23:59:59.999000Z", "1969-12-31T23:59:59.999Z"],
    ["9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z"],
    ["0001-01-01T00:00:00.000001Z", "0001-01-01T00:00:00.000001Z"],
  ])("keeps every microsecond, with no digit more than it needs: %s is %s", (utc, text) => {
    expect(formatInstant(microsecondsOf(utc), "UTC")).toBe(text);
  });

  test("agrees with Temporal in every zone from 1900 to 2100, whatever was asked before", () => {
    const instants = fc.bigInt(microsecondsOf("1900-01-01T00:00Z"), microsecondsOf("2100-01-01T00:00Z"));
    fc.assert(
      fc.property(instants, fc.constantFrom(...ZONES), (instant, zone) => {
        expect(formatInstant(instant, zone)).toBe(formatSlowly(instant, zone));
      }),
      { numRuns: 2_000 },
    );
  });

  test.each(ZONES)("changes offset at the very microsecond in %s", (zone) => {
    for (const transition of listTransitions(zone, "1900-01-01T00:00Z", "2040-01-01T00:00Z")) {
      for (const instant of [transition - 1n, transition, transition + 1n]) {
        expect(formatInstant(instant, zone)).toBe(formatSlowly(instant, zone));
      }
    }
  });

  test("writes what every reader of RFC 3339 takes for the same instant, in every year", () => {
    const always = fc.bigInt(microsecondsOf("0002-01-01T00:00Z"), microsecondsOf("9998-01-01T00:00Z"));
    fc.assert(
      fc.property(always, fc.constantFrom(...ZONES), (instant, zone) => {
        const text = formatInstant(instant, zone);
        expect(parseTimestamp(text)).toBe(instant);
        expect(Date.parse(text)).toBe(Number((instant - (((instant % 1000n) + 1000n) % 1000n)) / 1000n));
        expect(text).toMatch(/(?:Z|[+-]\d{2}:\d{2})$/);
      }),
      { numRuns: 2_000 },
    );
  });

  test.each([
    ["1883-11-18T19:59:59Z", LOS_ANGELES, "1883-11-18T12:07:59-07:52"],
    ["1883-11-18T20:00:00Z", LOS_ANGELES, "1883-11-18T12:00:00-08:00"],
    ["1800-01-01T00:00:00Z", "Europe/London", "1799-12-31T23:59:00-00:01"],
    ["1800-01-01T00:00:00Z", "Africa/Monrovia", "1799-12-31T23:17:00-00:43"],
  ])("leaves seconds of an offset out, as at %s in %s", (utc, zone, text) => {
    expect(formatInstant(microsecondsOf(utc), zone)).toBe(text);
  });

  test("throws on a zone that does not exist", () => {
    expect(() => formatInstant(0n, "Mars/Olympus_Mons")).toThrow(RangeError);
  });
});

describe("parseQueryTime", () => {
  test.each(vectors.query)("reads or refuses as it must: %j", ({ zone, input, utc }) => {
    expect(parseQueryTime(input, zone)).toBe(utc === undefined ? undefined : microsecondsOf(utc));
  });

  test.each([
    "2022-01-01Z",
    "2022-01-01+01:00",
    "2022-01-01T10:00:00+0100",
    "2022-01-01T10:00:00+01",
    "2022-01-01T10:00:00 01:00",
    "2022-01-01T10:00:00+18:01",
    "2022-01-01T10:00:00-19:00",
    "2022-01-01T10:00:00+01:60",
    "2022-01-01t10:00:00z",
    "2022-01-01T10:00:00,5Z",
    "2022-01-01T10:00:00.Z",
    "2022-01-01T10:00:00.1234567890Z",
    "2022-01-01T10:00.5Z",
    "2022-01-01T10Z",
    "2022-01-01T24:00:00Z",
    "2016-12-31T23:59:60Z",
    "2022-01-01T10:00:00[America/Los_Angeles]",
    "2022-01-01T10:00:00Z[UTC]",
    "2022-01-01[u-ca=hebrew]",
    "+002022-01-01",
    "-002022-01-01",
    "-2022-01-01",
    "02022-01-01",
    "2022-01",
    "2022-00-01",
    "2022-01-00",
    "2022-01-01\n",
    " 2022-01-01",
    "٢٠٢٢-01-01",
    "2022−01−01",
  ])("refuses %j", (text) => {
    expect(parseQueryTime(text, LOS_ANGELES)).toBeUndefined();
  });

  test.each([
    ["in a gap: later by the gap", "2026-03-08T02:30:00", LOS_ANGELES, "2026-03-08T10:30:00Z"],
    ["in an overlap: the first", "2026-11-01T01:30:00", LOS_ANGELES, "2026-11-01T08:30:00Z"],
    ["without midnight", "2018-11-04", "America/Sao_Paulo", "2018-11-04T03:00:00Z"],
    ["with two midnights", "2026-11-01", "America/Havana", "2026-11-01T04:00:00Z"],
  ])("reads a local time %s", (_, text, zone, utc) => {
    expect(parseQueryTime(text, zone)).toBe(microsecondsOf(utc));
  });

  test("rounds nanoseconds up, which keeps both bounds exact for stored microseconds", () => {
    const second = microsecondsOf("2025-01-01T00:00:00Z");
    expect(parseQueryTime("2025-01-01T00:00:00.000001Z", "UTC")).toBe(second + 1n);
    expect(parseQueryTime("2025-01-01T00:00:00.000001001Z", "UTC")).toBe(second + 2n);
    expect(parseQueryTime("2025-01-01T00:00:00.000001999", "UTC")).toBe(second + 2n);
  });

  test("reads the first and the last year that four digits can write", () => {
    expect(parseQueryTime("0000-01-01", LOS_ANGELES)).toBeTypeOf("bigint");
    expect(parseQueryTime("9999-12-31T23:59:59.999999-18:00", LOS_ANGELES)).toBeTypeOf("bigint");
  });

  test("throws on no text whatsoever", () => {
    fc.assert(
      fc.property(nearlyTimeText(), (text) => {
        parseQueryTime(text, LOS_ANGELES);
        parseTimestamp(text);
        parseDate(text);
        startOfDay(text, LOS_ANGELES);
      }),
      { numRuns: 1_000 },
    );
  });

  test("throws on a zone that does not exist: that is no fault of the text", () => {
    expect(() => parseQueryTime("2022-01-01", "Mars/Olympus_Mons")).toThrow(RangeError);
  });
});

describe("parseTimestamp", () => {
  test.each([
    ["2023-05-25T13:46:15-07:00", "2023-05-25T20:46:15Z"],
    ["2023-05-25T20:46:15.5Z", "2023-05-25T20:46:15.5Z"],
    ["2023-05-25T20:46:15.123456Z", "2023-05-25T20:46:15.123456Z"],
    ["2023-05-25T20:46:15.123456999Z", "2023-05-25T20:46:15.123456Z"],
    ["1960-05-25T20:46:15.123456999Z", "1960-05-25T20:46:15.123456Z"],
  ])("reads %s and cuts off what is finer than a microsecond", (text, utc) => {
    expect(parseTimestamp(text)).toBe(microsecondsOf(utc));
  });

  test.each(["2023-05-25", "2023-05-25T13:46:15", "2023-05-25 13:46:15Z", "2023-02-29T00:00:00Z", "1685047575", ""])(
    "refuses %j, which is no instant",
    (text) => {
      expect(parseTimestamp(text)).toBeUndefined();
    },
  );

  test("reads and refuses what Temporal does, and offsets up to 18 hours", () => {
    const digits = (max: number) => fc.integer({ min: 0, max }).map((number) => String(number).padStart(2, "0"));
    const offset = fc.oneof(
      fc.constantFrom("Z", "", "z", "-00:00", "+07"),
      fc
        .tuple(fc.constantFrom("+", "-"), digits(25), digits(61))
        .map(([sign, hour, minute]) => `${sign}${hour}:${minute}`),
    );
    const text = fc
      .record({
        year: fc.integer({ min: 0, max: 9999 }).map((year) => String(year).padStart(4, "0")),
        ...{ month: digits(13), day: digits(32), hour: digits(25), minute: digits(61) },
        second: fc.option(digits(61)),
        fraction: fc.stringMatching(/^(?:\.\d{1,10})?$/),
        offset,
      })
      .map(({ year, month, day, hour, minute, second, fraction, offset }) => {
        const seconds = second === null ? "" : `:${second}${fraction}`;
        return `${year}-${month}-${day}T${hour}:${minute}${seconds}${offset}`;
      });
    const isWritten = /^.{16}(?::[0-5]\d(?:\.\d{1,9})?)?(?:Z|[+-](?:(?:0\d|1[0-7]):\d{2}|18:00))$/;
    fc.assert(
      fc.property(text, (each) => {
        const micros = each.replace(/(?<=\.\d{6})\d+/, "");
        let expected: bigint | undefined;
        try {
          expected = isWritten.test(each) ? microsecondsOf(micros) : undefined;
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError);
        }
        expect(parseTimestamp(each)).toBe(expected);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe("days", () => {
  test("parseDate reads real days only", () => {
    expect(parseDate("2024-02-29")?.toString()).toBe("2024-02-29");
    for (const text of ["2023-02-29", "2024-2-29", "20240229", "2024-02-29T00:00", "tomorrow", ""]) {
      expect(parseDate(text)).toBeUndefined();
    }
  });

  test.each([
    ["2026-03-08", LOS_ANGELES, "2026-03-08T08:00:00.000Z"],
    ["2026-03-09", LOS_ANGELES, "2026-03-09T07:00:00.000Z"],
    ["2018-11-04", "America/Sao_Paulo", "2018-11-04T03:00:00.000Z"],
  ])("startOfDay is the first instant of %s in %s", (date, zone, utc) => {
    expect(startOfDay(date, zone)?.toISOString()).toBe(utc);
  });

  test("startOfDay is undefined for what is no day", () => {
    expect(startOfDay("2026-02-30", LOS_ANGELES)).toBeUndefined();
  });

  test("localDate changes at the zone's midnight", () => {
    expect(localDate(new Date("2026-01-01T07:59:59.999Z"), LOS_ANGELES)).toBe("2025-12-31");
    expect(localDate(new Date("2026-01-01T08:00:00.000Z"), LOS_ANGELES)).toBe("2026-01-01");
  });

  test("a day reader says what localDate says, for any times in any order", () => {
    const start = Date.parse("2026-01-01T00:00:00Z");
    const at = fc.integer({ min: 0, max: 2 * 366 * 86_400_000 }).map((ms) => new Date(start + ms));
    fc.assert(
      fc.property(fc.constantFrom(...ZONES), fc.array(at, { minLength: 1 }), (zone, times) => {
        const read = createDayReader(zone);
        for (const time of times) expect(read(time)).toBe(localDate(time, zone));
      }),
    );
  });

  test("addDays counts calendar days, leap days and DST days too", () => {
    expect(addDays("2024-02-28", 2)).toBe("2024-03-01");
    expect(addDays("2026-03-08", -365)).toBe("2025-03-08");
    expect(() => addDays("soon", 1)).toThrow(RangeError);
  });
});

function microsecondsOf(utc: string): bigint {
  return Temporal.Instant.from(utc).epochNanoseconds / 1000n;
}

/** What `formatInstant` promises, from Temporal alone. */
function formatSlowly(instant: bigint, zone: string): string {
  const zoned = new Temporal.ZonedDateTime(instant * 1000n, zone);
  // Without digits to keep, Temporal writes as many as it needs, and seconds always.
  const offset = zoned.offset.slice(0, "+00:00".length);
  const local = new Temporal.ZonedDateTime(instant * 1000n, offset).toPlainDateTime().toString();
  return local + (/00:00$/.test(offset) ? "Z" : offset);
}

function listTransitions(zone: string, from: string, until: string): bigint[] {
  const transitions: bigint[] = [];
  let at = Temporal.Instant.from(from).toZonedDateTimeISO(zone).getTimeZoneTransition("next");
  const end = microsecondsOf(until);
  while (at !== null) {
    const instant = at.toInstant().epochNanoseconds / 1000n;
    if (instant >= end) break;
    transitions.push(instant);
    at = at.getTimeZoneTransition("next");
  }
  return transitions;
}

function nearlyTimeText() {
  return fc.oneof(
    anyText(),
    fc.string({ unit: fc.constantFrom(..."0123456789-:T.Z+ ") }),
    fc
      .tuple(fc.nat(9999), fc.nat(20), fc.nat(40), fc.nat(30), fc.nat(70), fc.nat(70))
      .map(([year, month, day, ...time]) => {
        const two = (part: number) => String(part).padStart(2, "0");
        const date = `${String(year).padStart(4, "0")}-${two(month)}-${two(day)}`;
        return `${date}T${time.map(two).join(":")}Z`;
      }),
  );
}
