/**
 * Times as PostgreSQL takes them: ISO text in UTC, in the years 1 to 9999. The first and the last day are left out: in
 * some zones they belong to the years 0 and 10000, which few clients read.
 */
import { formatInstant } from "./instants.ts";

const first = -62_135_510_400_000_000n;
const last = 253_402_214_399_999_999n;

/** Whether a time, in epoch microseconds, lies in that range. */
export function isStorableTime(epochMicroseconds: bigint): boolean {
  return first <= epochMicroseconds && epochMicroseconds <= last;
}

/** Writes such a time, exact to the microsecond. */
export function writeStoredTime(epochMicroseconds: bigint): string {
  return formatInstant(epochMicroseconds, "UTC");
}
