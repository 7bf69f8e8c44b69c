/** The orders in which API keys are listed. */
import { type SQL, sql } from "drizzle-orm";
import type { Order } from "../../../db/keyset.ts";
import { apiKeys, apiKeyUsage } from "../../../db/schema.ts";
import { countKey, instantKey, orderBy, type SortKey, textKey } from "../../../db/sort-keys.ts";
import type { SortPlace } from "../../../lib/keyset.ts";

/** What keys can be sorted by. */
export const apiKeySorts = ["created", "expires", "lastUsed", "name", "calls"] as const;

/** An order of keys. */
export interface ApiKeyOrder {
  readonly by: (typeof apiKeySorts)[number];
  readonly isDescending: boolean;
}

/** The order unless another is asked for. */
export const newestFirst: ApiKeyOrder = { by: "created", isDescending: true };

const sortKeys: Readonly<Record<ApiKeyOrder["by"], SortKey>> = {
  created: countKey(sql`${apiKeys.id}`),
  expires: instantKey(sql`${apiKeys.expiration}`),
  // A key that was never used comes before all others.
  lastUsed: instantKey(sql`coalesce(${apiKeyUsage.lastUsedAt}, 'epoch')`),
  name: textKey(apiKeys.name),
  calls: countKey(sql`coalesce(${apiKeyUsage.callCount}, 0)`),
};

/** Whether a place that came from outside can be one in this order. */
export function isPlaceIn({ by }: ApiKeyOrder, { value }: SortPlace): boolean {
  return sortKeys[by].isText(value);
}

/** The text of a key's value in an order, for its place. */
export function placeValueIn({ by }: ApiKeyOrder): SQL<string> {
  return sortKeys[by].text;
}

/** An order for the queries of keys joined with their usage. */
export function orderOf({ by, isDescending }: ApiKeyOrder): Order<SortPlace> {
  return orderBy(sortKeys[by], apiKeys.id, isDescending);
}
