/** Why calls are refused, in the words of somebody who explains it on the phone. */
import type { RefusalReason } from "../../domain/access/authentication.ts";
import type { Refusal } from "../../domain/access/refusals/list.ts";
import { type Clock, formatDateTime } from "../parts/format.ts";

/** What the reasons are called, in the order of the rules. */
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

const explanations: Readonly<Record<RefusalReason, (refusal: Refusal, page: Clock) => string>> = {
  missing_credentials: () =>
    "The call came without an API key: it had no Authorization header. The key has to be set up in the caller’s system.",
  malformed_credentials: () =>
    "The Authorization header was not “Basic” and a token. The token may be cut off, have a line break in it, or stand after another word, such as “Bearer”.",
  unknown_key: () =>
    "There is no key with the username that was given. It may be mistyped or cut off, or belong to another server.",
  wrong_secret: () =>
    "The username is this key’s, but the password is not. It may be mistyped or cut off. A lost one cannot be looked up: the caller needs a new key.",
  retired: ({ key }, { zone }) =>
    key?.retiredAt
      ? `The key was retired on ${formatDateTime(key.retiredAt, zone)} by ${key.retiredBy}. That is for good: the caller needs a new key.`
      : "The key was retired.",
  expired: ({ key }, { zone }) =>
    key === null
      ? "The key had expired."
      : `The key expired on ${formatDateTime(key.expiration, zone)}. The caller needs a new key.`,
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
  return `It could not be told where the call came from, so it counts as outside ${named}. The proxy in front of this server may be set up wrongly.`;
}

function explainPermission({ route }: Refusal): string {
  const slug = /\/programs\/([^/]+)/.exec(route ?? "")?.[1];
  if (slug === undefined) return "The key has no permission for what was called.";
  return slug.startsWith(":")
    ? "There is no program with the slug that was called."
    : `The key has no permission for this call on the program “${slug}”.`;
}
