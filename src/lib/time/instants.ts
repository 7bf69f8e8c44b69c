/** Writes instants as the wire has them: ISO date-times with the offset of a zone (spec 4). */

import { ByteWriter, utf8 } from "../json/byte-writer.ts";
import { type BoundedMap, createBoundedMap } from "../limits/bounded-map.ts";

/** A stretch of time in which a zone keeps one offset: `from` is in it, `until` is not. In seconds. */
interface OffsetSpan {
  readonly from: number;
  readonly until: number;
  readonly offset: number;
  readonly suffix: Uint8Array;
}

/**
 * Writes `seconds` (whole ones since 1970) and `micros` (0 to 999,999) more as an ISO offset date-time: `Z` for
 * a zero offset, and a fraction of 3 or 6 digits only when it is not zero.
 */
export type WriteInstant = (out: ByteWriter, seconds: number, micros: number) => void;

const dayS = 86_400;
const point = 0x2e;
const daysKeptMax = 10_000;
const textsByDay: BoundedMap<number, Uint8Array> = createBoundedMap(daysKeptMax);
const writersByZone = new Map<string, WriteInstant>();

/** Writes an instant as an ISO offset date-time in the zone. Throws a RangeError on an unknown zone. */
export function formatInstant(epochMicroseconds: bigint | number, zone: string): string {
  const { seconds, micros } = splitMicroseconds(BigInt(epochMicroseconds));
  const out = new ByteWriter(40);
  writeInstantIn(zone)(out, seconds, micros);
  return out.toString();
}

/**
 * The writer of a zone, which throws a RangeError if there is no such zone. It runs for every time of
 * every exported row, so offsets come from remembered spans, and days from remembered texts.
 */
export function writeInstantIn(zone: string): WriteInstant {
  const known = writersByZone.get(zone);
  if (known !== undefined) return known;
  const write = createInstantWriter(zone);
  writersByZone.set(zone, write);
  return write;
}

function createInstantWriter(zone: string): WriteInstant {
  let span = readOffsetSpan(0, zone);
  const spans = [span];
  const findSpan = (seconds: number) => {
    const known = spans.find(({ from, until }) => from <= seconds && seconds < until);
    if (known !== undefined) return known;
    const found = readOffsetSpan(seconds, zone);
    spans.push(found);
    return found;
  };
  let knownDay = Number.NaN;
  let dayText: Uint8Array = new Uint8Array();
  return (out, seconds, micros) => {
    if (seconds < span.from || seconds >= span.until) span = findSpan(seconds);
    const local = seconds + span.offset;
    const day = Math.floor(local / dayS);
    if (day !== knownDay) {
      knownDay = day;
      dayText = textsByDay.get(day) ?? addDayText(day);
    }
    out.writeBytes(dayText);
    out.writeTimeOfDay(local - day * dayS);
    if (micros > 0) {
      out.writeByte(point);
      const isMillis = micros % 1000 === 0;
      out.writeDigits(isMillis ? micros / 1000 : micros, isMillis ? 3 : 6);
    }
    out.writeBytes(span.suffix);
  };
}

function splitMicroseconds(epochMicroseconds: bigint) {
  const micros = ((epochMicroseconds % 1_000_000n) + 1_000_000n) % 1_000_000n;
  return { seconds: Number((epochMicroseconds - micros) / 1_000_000n), micros: Number(micros) };
}

function readOffsetSpan(seconds: number, zone: string): OffsetSpan {
  const local = Temporal.Instant.fromEpochMilliseconds(seconds * 1000).toZonedDateTimeISO(zone);
  // "previous" looks strictly before, and a transition belongs to the span that it opens.
  const opening = local.add({ nanoseconds: 1 }).getTimeZoneTransition("previous");
  const closing = local.getTimeZoneTransition("next");
  return {
    from: opening ? opening.epochMilliseconds / 1000 : Number.NEGATIVE_INFINITY,
    until: closing ? closing.epochMilliseconds / 1000 : Number.POSITIVE_INFINITY,
    offset: local.offsetNanoseconds / 1e9,
    suffix: utf8(local.offset === "+00:00" ? "Z" : local.offset),
  };
}

function addDayText(day: number): Uint8Array {
  const text = utf8(new Date(day * dayS * 1000).toISOString().slice(0, -"00:00:00.000Z".length));
  textsByDay.set(day, text);
  return text;
}
