/** Why calls are refused, in the words of somebody who explains it on the phone. */
import type { RefusalReason } from "../../domain/access/authentication.ts";
import type { DailyRefusals, Refusal } from "../../domain/access/refusals/list.ts";
import type { ChartSeries } from "../parts/chart.tsx";
import { type Clock, formatDateTime } from "../parts/format.ts";

/** The name of each reason, in the order of the rules. */
export const reasonNames: Readonly<Record<RefusalReason, string>> = {
  missing_credentials: "No credentials",
  malformed_credentials: "Unreadable credentials",
  unknown_key: "Unknown key",
  wrong_secret: "Wrong secret",
  retired: "Retired key",
  expired: "Expired key",
  outside_subnet: "Outside the subnets",
  no_grant: "No permission",
};

/** What to do about each reason. */
export const advice: Readonly<Record<RefusalReason, string>> = {
  missing_credentials: "Set up an API key in the caller’s system.",
  malformed_credentials: "Send “Authorization: Basic” and the whole token on one line.",
  unknown_key: "Copy the username again. A key of another server doesn’t work here.",
  wrong_secret: "Copy the password again. If it is lost, rotate the key.",
  retired: "Create a new key for the caller, or stop the calls.",
  expired: "Copy the key to a new one, or stop the calls.",
  outside_subnet: "Call from an allowed address, or create a key that allows this one.",
  no_grant: "Check the address that was called. For more programs, create a new key.",
};

const explanations: Readonly<Record<RefusalReason, (refusal: Refusal, page: Clock) => string>> = {
  missing_credentials: () => "The call had no Authorization header, so it came without an API key.",
  malformed_credentials: () =>
    "The Authorization header was not “Basic” followed by a token. The token may be cut off, contain a line break, or follow another word, such as “Bearer”.",
  unknown_key: () => "No key has this username. It may be mistyped, cut off, or meant for another server.",
  wrong_secret: () => "The username is correct, but the password is not. It may be mistyped or cut off.",
  retired: ({ key }, { zone }) =>
    key?.retiredAt
      ? `The key was retired on ${formatDateTime(key.retiredAt, zone)} by ${key.retiredBy}.`
      : "The key was retired.",
  expired: ({ key }, { zone }) =>
    key === null ? "The key had expired." : `The key expired on ${formatDateTime(key.expiration, zone)}.`,
  outside_subnet: explainAddress,
  no_grant: explainPermission,
};

/** Explains a refusal in a sentence or two. */
export function explainRefusal(refusal: Refusal, page: Clock): string {
  return explanations[refusal.reason](refusal, page);
}

const subnetsNamed = 5;

function explainAddress({ address, route, key }: Refusal): string {
  const subnets = key?.subnets ?? [];
  const more = subnets.length - subnetsNamed;
  const named = subnets.slice(0, subnetsNamed).join(", ") + (more > 0 ? ` and ${more} more` : "");
  if (route === null) return `The calls came from addresses outside ${named}.`;
  if (address !== null) return `The call came from ${address}, which is outside ${named}.`;
  return `The caller’s address is unknown, so it counts as outside ${named}. Check the proxy settings of this server.`;
}

function explainPermission({ route }: Refusal): string {
  const slug = /\/programs\/([^/]+)/.exec(route ?? "")?.[1];
  if (slug === undefined) return "The key has no permission for this call.";
  return slug.startsWith(":")
    ? "No program has the slug that was called."
    : `The key has no permission for this call on the program “${slug}”.`;
}

const reasons = Object.keys(reasonNames) as RefusalReason[];

/** Refused calls as rows of a chart: one for each reason that there is, in the order of the rules. */
export function seriesOfReasons(
  refusals: readonly DailyRefusals[],
  days: readonly string[],
): (ChartSeries & { reason: RefusalReason })[] {
  const counted = new Map(refusals.map((row) => [`${row.day} ${row.reason}`, row.callCount]));
  return reasons.flatMap((reason) => {
    const counts = days.map((day) => counted.get(`${day} ${reason}`) ?? 0);
    return counts.some((count) => count > 0) ? [{ reason, name: reasonNames[reason], isBad: true, counts }] : [];
  });
}
