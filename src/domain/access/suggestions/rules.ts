/** What CiviKey suggests about a key, and when: `rules` is the whole table, in the order in which they are shown. */
import { blocksAround, isInside, parseAddress, parseSubnet, sizeOf } from "../../../lib/net/subnets.ts";
import { addDays } from "../../../lib/time/times.ts";
import { isAmong, type NamedPermission } from "../grants.ts";
import type { ApiKey, NamedGrant } from "../keys/find.ts";
import type { DailyCalls } from "../usage/history.ts";

/** What is known of a key that works. */
export interface KeyFacts {
  readonly apiKey: Pick<ApiKey, "callCount" | "lastUsedAt" | "expiration" | "subnets" | "grants" | "successor">;
  readonly now: Date;
  /** `YYYY-MM-DD` in the instance's zone. */
  readonly today: string;
  /** When it was made here, or imported. */
  readonly knownSince: Date;
  /** The first day with calls counted by program; null before there was one. */
  readonly countedSince: string | null;
  /** Its good calls on each of the last 30 days, the oldest first. */
  readonly days: readonly DailyCalls[];
  /** What it used in the last 60 days. */
  readonly usedGrants: readonly NamedPermission[];
  /** Where its calls of the last 30 days came from; null when there are too many addresses. */
  readonly addresses: readonly { readonly address: string; readonly callCount: number }[] | null;
  /** Of the networks (a /24, or a /48 of IPv6) that it called from in the last 90 days, the two newest, the newest first. */
  readonly newestNetworks: readonly { readonly network: string; readonly firstAt: Date }[];
  /** Days of the last week with refused calls, the newest first. `noGrant` of them count as good calls as well. */
  readonly refusedDays: readonly { readonly day: string; readonly refused: number; readonly noGrant: number }[];
}

/** A subnet, and the smallest ones in its place. */
interface ShrunkSubnet {
  readonly subnet: string;
  readonly callCount: number;
  readonly blocks: readonly string[];
}

/** A suggestion with its evidence. */
export type Suggestion =
  /** Null when it was never used. */
  | { readonly kind: "retire"; readonly idleDays: number; readonly lastUsedAt: Date | null }
  | { readonly kind: "take_grants_away"; readonly unused: readonly NamedGrant[] }
  | { readonly kind: "shrink_subnets"; readonly shrunk: readonly ShrunkSubnet[]; readonly subnets: readonly string[] }
  | { readonly kind: "replace"; readonly usedDays: number }
  | {
      readonly kind: "look_into";
      readonly refusedDay: { readonly day: string; readonly refused: number; readonly good: number } | undefined;
      readonly newNetwork: { readonly network: string; readonly firstAt: Date } | undefined;
    };

/** What a suggestion is about. */
export type SuggestionKind = Suggestion["kind"];

const dayMs = 86_400_000;
const idleDaysMax = 60;
const neverUsedDaysMax = 30;
const grantIdleDays = 60;
const callsMin = 100;
const addressesMax = 8;
const blockSizeMin = 256n;
const expiresWithinDays = 30;
/** Of the last seven days: a working week. */
const usedDaysMin = 5;
const quietDays = 30;

/** One row for each kind. `find` gives undefined when there is nothing to suggest. */
export const rules = [
  { kind: "retire", find: findIdle },
  { kind: "take_grants_away", find: findUnusedGrants },
  { kind: "shrink_subnets", find: findLargeSubnets },
  { kind: "replace", find: findExpiring },
  { kind: "look_into", find: findOddCalls },
] as const satisfies readonly { kind: SuggestionKind; find: (facts: KeyFacts) => Suggestion | undefined }[];

/** Everything that is suggested about a key, in the order of the rules. */
export function findSuggestions(facts: KeyFacts): Suggestion[] {
  return rules.flatMap(({ find }) => find(facts) ?? []);
}

/** No call for 60 days, or never used within 30 days of its making. */
function findIdle({ apiKey, now, knownSince }: KeyFacts): Suggestion | undefined {
  const { lastUsedAt, callCount } = apiKey;
  // A key from CiviForm has calls whose time nobody knows.
  const isUnused = lastUsedAt === null && callCount === 0;
  const idleSince = Math.max(lastUsedAt?.getTime() ?? 0, knownSince.getTime());
  const idleDays = Math.floor((now.getTime() - idleSince) / dayMs);
  if (idleDays < (isUnused ? neverUsedDaysMax : idleDaysMax)) return undefined;
  return { kind: "retire", idleDays, lastUsedAt };
}

/** Not used for 60 days, while others were. Nothing is known of the time before calls were counted by program. */
function findUnusedGrants(facts: KeyFacts): Suggestion | undefined {
  const { apiKey, now, today, knownSince, countedSince, usedGrants } = facts;
  const isKnownLong = now.getTime() - knownSince.getTime() >= grantIdleDays * dayMs;
  if (!isKnownLong || countedSince === null || countedSince > addDays(today, -grantIdleDays)) return undefined;
  const unused = apiKey.grants.filter((held) => !isAmong(usedGrants, held));
  const isPartOfThem = unused.length > 0 && unused.length < apiKey.grants.length;
  return isPartOfThem ? { kind: "take_grants_away", unused } : undefined;
}

/** All good calls of 30 days, 100 at least, came from at most 8 addresses in a block of 256 or more. */
function findLargeSubnets({ apiKey, days, addresses }: KeyFacts): Suggestion | undefined {
  const all = days.reduce((sum, { callCount }) => sum + callCount, 0);
  const known = addresses?.reduce((sum, { callCount }) => sum + callCount, 0);
  // Calls whose address was not counted may have come from anywhere.
  if (addresses === null || known !== all) return undefined;
  const callers = addresses.flatMap(({ address, callCount }) => {
    const parsed = parseAddress(address);
    return parsed === undefined ? [] : { parsed, callCount };
  });
  const shrunk = apiKey.subnets.flatMap((text): ShrunkSubnet[] => {
    const subnet = parseSubnet(text);
    if (subnet === undefined || sizeOf(subnet) < blockSizeMin) return [];
    const inside = callers.filter(({ parsed }) => isInside(parsed, [subnet]));
    const callCount = inside.reduce((sum, caller) => sum + caller.callCount, 0);
    if (callCount < callsMin || inside.length > addressesMax) return [];
    const blocks = blocksAround(inside.map(({ parsed }) => parsed)).map((block) => block.text);
    return [{ subnet: text, callCount, blocks }];
  });
  if (shrunk.length === 0) return undefined;
  const inPlaceOf = new Map(shrunk.map(({ subnet, blocks }) => [subnet, blocks]));
  const subnets = [...new Set(apiKey.subnets.flatMap((text) => inPlaceOf.get(text) ?? [text]))];
  return { kind: "shrink_subnets", shrunk, subnets };
}

/** It expires within 30 days and is in daily use. */
function findExpiring({ apiKey, now, days }: KeyFacts): Suggestion | undefined {
  const usedDays = days.slice(-7).filter(({ callCount }) => callCount > 0).length;
  const leftMs = apiKey.expiration.getTime() - now.getTime();
  const isDue = leftMs <= expiresWithinDays * dayMs && usedDays >= usedDaysMin && apiKey.successor === null;
  return isDue ? { kind: "replace", usedDays } : undefined;
}

/** Refused more often than good for a day, or a first call from a new network after 30 days without one. */
function findOddCalls({ now, days, newestNetworks, refusedDays }: KeyFacts): Suggestion | undefined {
  const callsOf = new Map(days.map(({ day, callCount }) => [day, callCount]));
  const refusedDay = refusedDays
    .map(({ day, refused, noGrant }) => ({ day, refused, good: Math.max(0, (callsOf.get(day) ?? 0) - noGrant) }))
    .find(({ refused, good }) => refused > good);
  const [newest, before] = newestNetworks;
  const isNew =
    newest !== undefined &&
    before !== undefined &&
    now.getTime() - newest.firstAt.getTime() < quietDays * dayMs &&
    newest.firstAt.getTime() - before.firstAt.getTime() >= quietDays * dayMs;
  const newNetwork = isNew ? newest : undefined;
  return refusedDay || newNetwork ? { kind: "look_into", refusedDay, newNetwork } : undefined;
}
