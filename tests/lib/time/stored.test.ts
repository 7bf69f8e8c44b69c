import { expect, test } from "bun:test";
import { formatInstant } from "../../../src/lib/time/instants.ts";
import { isStorableTime } from "../../../src/lib/time/stored.ts";
import { parseTimestamp } from "../../../src/lib/time/times.ts";

test("a time that can be stored has a year of four digits from 0001 on, in every zone", () => {
  const micros = (text: string) => parseTimestamp(text) ?? 0n;
  for (const text of ["0001-01-02T00:00:00Z", "9999-12-30T23:59:59.999999Z"]) {
    expect(isStorableTime(micros(text))).toBeTrue();
    for (const zone of Intl.supportedValuesOf("timeZone")) {
      expect(formatInstant(micros(text), zone)).toMatch(/^(?!0000)\d{4}-/);
    }
  }
  for (const text of ["0001-01-01T23:59:59.999999Z", "9999-12-31T00:00:00Z"]) {
    expect(isStorableTime(micros(text))).toBeFalse();
  }
});
