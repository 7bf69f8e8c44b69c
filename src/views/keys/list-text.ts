/** What the list of API keys is made of, its addresses, and what it says of itself. */
import type { ApiKey, ApiKeyState } from "../../domain/access/keys/find.ts";
import type { DailyCalls } from "../../domain/access/usage/history.ts";
import { pluralize, soonDays } from "../parts/format.ts";

/** One page of the list, and the question it answers. */
export interface ApiKeyListProps {
  /** The open tab. */
  readonly state: ApiKeyState;
  /** How many keys each tab has, for the same search. */
  readonly counts: Readonly<Record<ApiKeyState, number>>;
  /** Newest first. */
  readonly apiKeys: readonly ApiKey[];
  /** Whether there are older ones; the next page is `before` the last one here. */
  readonly hasMore: boolean;
  /** What is searched for; empty for everything. */
  readonly search: string;
  /** Only those that run out within 30 days. */
  readonly expiringOnly: boolean;
  /** How each of them was used in the last days, by its number. */
  readonly calls: ReadonlyMap<number, readonly DailyCalls[]>;
}

/** The tabs, in their order. */
export const tabs: readonly { state: ApiKeyState; label: string; path: string }[] = [
  { state: "active", label: "Active", path: "/admin/apiKeys" },
  { state: "retired", label: "Retired", path: "/admin/apiKeys/retired" },
  { state: "expired", label: "Expired", path: "/admin/apiKeys/expired" },
];

/** The name of a tab. */
export function labelOf(state: ApiKeyState): string {
  return tabs.find((tab) => tab.state === state)?.label ?? state;
}

/** The address of a tab. */
export function pathOf(state: ApiKeyState): string {
  return tabs.find((tab) => tab.state === state)?.path ?? "/admin/apiKeys";
}

/** An address of the list; what is empty is left out of it. */
export function hrefOf(
  path: string,
  query: { search: string; expiring?: boolean; before?: number | undefined },
): string {
  const parameters = new URLSearchParams();
  if (query.search !== "") parameters.set("q", query.search);
  if (query.expiring) parameters.set("expiring", "true");
  if (query.before !== undefined) parameters.set("before", String(query.before));
  return parameters.size === 0 ? path : `${path}?${parameters}`;
}

/** What the list holds, in one sentence: the title of an empty list, and what is announced. */
export function summaryOf(props: ApiKeyListProps): string {
  const { state, apiKeys, counts, search, expiringOnly } = props;
  const within = expiringOnly ? ` that run out within ${soonDays} days` : "";
  const matching = search === "" ? "" : ` for “${search}”`;
  if (apiKeys.length === 0) return `No ${state} API keys found${within}${matching}.`;
  const count = expiringOnly ? apiKeys.length : counts[state];
  const shown = expiringOnly && props.hasMore ? "The first " : "";
  return `${shown}${pluralize(count, `${state} API key`)}${within}${matching}.`;
}
