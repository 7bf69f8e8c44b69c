import { describe, expect, test } from "bun:test";
import {
  formatAddressCount,
  formatDate,
  formatDateTime,
  formatTimeAgo,
  formatTimeUntil,
  formatZone,
  isFieldDate,
  isoDateAfter,
  pluralize,
  urgencyOf,
} from "../../../src/views/parts/format.ts";

const zone = "America/Los_Angeles";
const now = new Date("2026-11-23T18:30:00Z");
const after = (ms: number) => new Date(now.getTime() + ms);
const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

describe("dates", () => {
  test("are the zone's, not UTC's", () => {
    const lateAtNight = new Date("2026-11-24T07:59:00Z");
    expect(formatDate(lateAtNight, zone)).toBe("Nov 23, 2026");
    expect(formatDateTime(lateAtNight, zone)).toBe("Nov 23, 2026, 11:59 PM PST");
    expect(formatDate(lateAtNight, "Asia/Tokyo")).toBe("Nov 24, 2026");
  });

  test("count days on the calendar, also over the end of summer time", () => {
    const page = { now: new Date("2026-10-31T18:00:00Z"), zone };
    expect(isoDateAfter(1, page)).toBe("2026-11-01");
    expect(isoDateAfter(2, page)).toBe("2026-11-02");
    expect(isoDateAfter(365, page)).toBe("2027-10-31");
  });

  test("name the zone as people do", () => {
    expect(formatZone({ now, zone })).toBe("Pacific Standard Time");
    expect(formatZone({ now, zone: "UTC" })).toBe("Coordinated Universal Time");
  });
});

test("a date field takes real days and an empty text only", () => {
  for (const text of ["", "2026-01-31", "2024-02-29", "0001-01-01", "9999-12-31"]) {
    expect(isFieldDate(text)).toBeTrue();
  }
  for (const text of ["2026-02-30", "2026-13-01", "0000-01-01", "2026-1-1", "today", " 2026-01-01"]) {
    expect(isFieldDate(text)).toBeFalse();
  }
});

describe("times from now", () => {
  test.each([
    [0, "no time"],
    [30_000, "1 minute"],
    [59 * minute, "59 minutes"],
    [hour, "1 hour"],
    [day - 1, "23 hours"],
    [day, "1 day"],
    [day + 1, "2 days"],
    [300 * day, "300 days"],
  ])("%p ms until an expiration is %p", (ms, text) => {
    expect(formatTimeUntil(after(ms), now)).toBe(text);
  });

  test.each([
    [0, "just now"],
    [-minute, "1 minute ago"],
    [-90 * minute, "1 hour ago"],
    [-49 * hour, "2 days ago"],
  ])("%p ms from now is %p", (ms, text) => {
    expect(formatTimeAgo(after(ms), now)).toBe(text);
  });

  test("are urgent in the last 7 days and soon in the last 30", () => {
    expect(urgencyOf(after(7 * day), now)).toBe("urgent");
    expect(urgencyOf(after(7 * day + 1), now)).toBe("soon");
    expect(urgencyOf(after(30 * day), now)).toBe("soon");
    expect(urgencyOf(after(30 * day + 1), now)).toBe("none");
  });
});

describe("counts", () => {
  test.each([
    ["203.0.113.9/32", "1 address"],
    ["203.0.113.0/24", "256 addresses"],
    ["10.0.0.0/8", "16,777,216 addresses"],
    ["0.0.0.0/0", "4,294,967,296 addresses"],
    ["2001:db8::1/128", "1 address"],
    ["2001:db8::/64", "2^64 addresses"],
    ["::/0", "2^128 addresses"],
  ])("%p has %p", (subnet, text) => {
    expect(formatAddressCount(subnet)).toBe(text);
  });

  test("have thousands separators and the right noun", () => {
    expect(pluralize(1, "key")).toBe("1 key");
    expect(pluralize(0, "key")).toBe("0 keys");
    expect(pluralize(12_431n, "call")).toBe("12,431 calls");
  });
});
