/** Dates, counts and plurals as people read them (US English). The zone and the time are passed in. */

import type { Count } from "../../lib/keyset.ts";
import { addDays, localDate, parseDate } from "../../lib/time/times.ts";

/** When a page is made, and the zone its dates are shown in. */
export interface Clock {
  readonly now: Date;
  /** IANA name of the instance's zone. */
  readonly zone: string;
}

/** How soon a key expires: `soon` within 30 days, `urgent` within 7. */
type Urgency = "none" | "soon" | "urgent";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
const urgentDays = 7;

/** Keys that expire within this many days are pointed out. */
export const soonDays = 30;

const formatters = new Map<string, Intl.DateTimeFormat>();

function formatterFor(zone: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${zone} ${JSON.stringify(options)}`;
  const known = formatters.get(key);
  if (known !== undefined) return known;
  const made = new Intl.DateTimeFormat("en-US", { timeZone: zone, ...options });
  formatters.set(key, made);
  return made;
}

/** A day, such as `Nov 23, 2026`. */
export function formatDate(date: Date, zone: string): string {
  return formatterFor(zone, { dateStyle: "medium" }).format(date);
}

/** Whether a date field of a form takes this text: nothing, or a real day as `YYYY-MM-DD`. */
export function isFieldDate(text: string): boolean {
  return text === "" || (!text.startsWith("0000") && parseDate(text) !== undefined);
}

/** A calendar day (`YYYY-MM-DD`) as `formatDate` writes it. */
export function formatDay(day: string): string {
  return formatDate(new Date(`${day}T00:00:00Z`), "UTC");
}

/** A text that may be a calendar day (`YYYY-MM-DD`); any other stays as it is. */
export function formatAnyDay(text: string): string {
  return text !== "" && isFieldDate(text) ? formatDay(text) : text;
}

/** A calendar day (`YYYY-MM-DD`) without its year, such as `Nov 23`. */
export function formatShortDay(day: string): string {
  const options = { month: "short", day: "numeric" } as const;
  return formatterFor("UTC", options).format(new Date(`${day}T00:00:00Z`));
}

/** The weekday of a calendar day (`YYYY-MM-DD`), such as `Mon`. */
export function formatWeekday(day: string): string {
  return formatterFor("UTC", { weekday: "short" }).format(new Date(`${day}T00:00:00Z`));
}

/** A time to the minute with its zone, such as `Nov 23, 2026, 4:05 PM PST`. */
export function formatDateTime(date: Date, zone: string): string {
  return formatterFor(zone, {
    year: "numeric",
    month: "short",
    day: "numeric",
    hour: "numeric",
    minute: "2-digit",
    timeZoneName: "short",
  })
    .format(date)
    .replaceAll("\u202f", " ");
}

/** The zone as people call it at that time, such as `Pacific Standard Time`. */
export function formatZone({ now, zone }: Clock): string {
  const parts = formatterFor(zone, { timeZoneName: "long" }).formatToParts(now);
  return parts.find(({ type }) => type === "timeZoneName")?.value ?? zone;
}

/** The day that many days after today, as `YYYY-MM-DD`, which a date field takes. */
export function isoDateAfter(days: number, { now, zone }: Clock): string {
  return addDays(localDate(now, zone), days);
}

const counts = new Intl.NumberFormat("en-US");

/** A count with thousands separators. */
export function formatCount(count: number | bigint): string {
  return counts.format(count);
}

/** A count that may have ended at its limit: `12,431`, `10,000+`. */
export function formatFound({ count, hasMore }: Count): string {
  return `${formatCount(count)}${hasMore ? "+" : ""}`;
}

/** A count and its noun: `1 call`, `12,431 calls`. */
export function pluralize(count: number | bigint, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${Number(count) === 1 ? one : many}`;
}

/** How long ago a time was, such as `3 minutes ago`; a time less than a minute away is `just now`. */
export function formatTimeAgo(date: Date, now: Date): string {
  const elapsedMs = now.getTime() - date.getTime();
  if (elapsedMs < minuteMs) return "just now";
  if (elapsedMs < hourMs) return `${pluralize(Math.floor(elapsedMs / minuteMs), "minute")} ago`;
  if (elapsedMs < dayMs) return `${pluralize(Math.floor(elapsedMs / hourMs), "hour")} ago`;
  return `${pluralize(Math.floor(elapsedMs / dayMs), "day")} ago`;
}

/** Days until an expiration, counted in started 24 hours; 0 or less once it has come. */
function countDaysLeft(expiration: Date, now: Date): number {
  return Math.ceil((expiration.getTime() - now.getTime()) / dayMs);
}

/** How long it is until an expiration: `12 days`, on the last day `5 hours`, `no time` once it has come. */
export function formatTimeUntil(expiration: Date, now: Date): string {
  const leftMs = expiration.getTime() - now.getTime();
  if (leftMs <= 0) return "no time";
  if (leftMs < hourMs) return pluralize(Math.ceil(leftMs / minuteMs), "minute");
  if (leftMs < dayMs) return pluralize(Math.floor(leftMs / hourMs), "hour");
  return pluralize(countDaysLeft(expiration, now), "day");
}

/** How urgent an expiration is at a time. */
export function urgencyOf(expiration: Date, now: Date): Urgency {
  const days = countDaysLeft(expiration, now);
  if (days <= urgentDays) return "urgent";
  return days <= soonDays ? "soon" : "none";
}

/** The number of addresses of a canonical CIDR block: `1 address`, `65,536 addresses`, `2^96 addresses`. */
export function formatAddressCount(subnet: string): string {
  const [address = "", prefixLength = ""] = subnet.split("/");
  const bits = (address.includes(":") ? 128 : 32) - Number(prefixLength);
  return bits > 32 ? `2^${bits} addresses` : pluralize(2 ** bits, "address", "addresses");
}

/** A permission as the forms name it. */
export function formatPermission(permission: "READ" | "WRITE"): string {
  return permission === "READ" ? "Read" : "Write";
}

const failures: Readonly<Record<string, string>> = {
  timeout: "no answer in time",
  not_allowed: "its address isn’t allowed",
  no_address: "its host name has no address",
  not_an_address: "not an e-mail address",
  ECONNREFUSED: "connection refused",
  ENOTFOUND: "host not found",
  EAUTH: "user name or password refused",
};

/** Why a message could not be sent, in words; a code that has none is given as it is. */
export function formatFailure(code: string): string {
  return failures[code] ?? code.replace(/^status_(?=\d+$)/, "answered with status ");
}
