/** Writes instants as the API has them: ISO date-times with the offset of a zone, as CiviForm prints them. */

/** A stretch of time in which a zone keeps one offset: `from` is in it, `until` is not. In seconds. */
interface OffsetSpan {
  readonly from: number;
  readonly until: number;
  readonly offset: number;
  readonly suffix: string;
}

/** Asking Temporal for an offset costs more than everything else here together. */
const spansByZone = new Map<string, OffsetSpan[]>();

/**
 * Writes an instant as an ISO offset date-time in the zone: `Z` for a zero offset, and a fraction with as many digits
 * as it needs. Offsets that zones had long ago lose their seconds, which nobody reads (RFC 3339); the local time is
 * that of the shorter offset, so the instant stays. Throws a RangeError on an unknown zone.
 */
export function formatInstant(epochMicroseconds: bigint | number, zone: string): string {
  const whole = BigInt(epochMicroseconds);
  let seconds = Number(whole / 1_000_000n);
  let micros = Number(whole % 1_000_000n);
  if (micros < 0) {
    seconds -= 1;
    micros += 1_000_000;
  }
  const { offset, suffix } = findSpan(seconds, zone);
  const local = new Date((seconds + offset) * 1000).toISOString().slice(0, -".000Z".length);
  const fraction = micros === 0 ? "" : `.${String(micros).padStart(6, "0").replace(/0+$/, "")}`;
  return local + fraction + suffix;
}

function findSpan(seconds: number, zone: string): OffsetSpan {
  const spans = spansByZone.get(zone) ?? [];
  const known = spans.find(({ from, until }) => from <= seconds && seconds < until);
  if (known !== undefined) return known;
  const found = readOffsetSpan(seconds, zone);
  spansByZone.set(zone, [...spans, found]);
  return found;
}

function readOffsetSpan(seconds: number, zone: string): OffsetSpan {
  const local = Temporal.Instant.fromEpochMilliseconds(seconds * 1000).toZonedDateTimeISO(zone);
  // "previous" looks strictly before, and a transition belongs to the span that it opens.
  const opening = local.add({ nanoseconds: 1 }).getTimeZoneTransition("previous");
  const closing = local.getTimeZoneTransition("next");
  const minutes = Math.trunc(local.offsetNanoseconds / 6e10);
  return {
    from: opening ? opening.epochMilliseconds / 1000 : Number.NEGATIVE_INFINITY,
    until: closing ? closing.epochMilliseconds / 1000 : Number.POSITIVE_INFINITY,
    offset: minutes * 60,
    suffix: minutes === 0 ? "Z" : local.offset.slice(0, "+00:00".length),
  };
}
