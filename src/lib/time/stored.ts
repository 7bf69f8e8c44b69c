/** Times as PostgreSQL takes them: ISO text in UTC, the years 1 to 9999, where both write the same. */
import { formatInstant } from "./instants.ts";

const first = -62_135_596_800_000_000n;
const last = 253_402_300_799_999_999n;

/** Whether a time, in epoch microseconds, lies in those years. */
export function isStorableTime(epochMicroseconds: bigint): boolean {
  return first <= epochMicroseconds && epochMicroseconds <= last;
}

/** Writes such a time, exact to the microsecond. */
export function writeStoredTime(epochMicroseconds: bigint): string {
  return formatInstant(epochMicroseconds, "UTC");
}
