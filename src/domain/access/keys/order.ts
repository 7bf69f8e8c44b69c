/** The orders in which API keys are listed, and the places in them where a page begins and ends. */
import { asc, desc, type SQL, sql } from "drizzle-orm";
import { apiKeys, apiKeyUsage } from "../../../db/schema.ts";

/** What keys can be sorted by. */
export const apiKeySorts = ["created", "expires", "lastUsed", "name", "calls"] as const;

/** An order of keys. Keys that are alike in it follow their ids, in the same direction. */
export interface ApiKeyOrder {
  readonly by: (typeof apiKeySorts)[number];
  readonly isDescending: boolean;
}

/** The order unless another is asked for. */
export const newestFirst: ApiKeyOrder = { by: "created", isDescending: true };

/** A key's place in an order: what it is sorted by, and its id. The value stays true when the key changes. */
export interface ApiKeyPlace {
  readonly id: number;
  readonly value: string;
}

/** What keys are sorted by: as SQL, as the text of a place, and read back from that. */
interface SortKey {
  readonly key: SQL;
  readonly text: SQL<string>;
  readonly fromText: (text: string) => SQL;
  readonly isText: (text: string) => boolean;
}

const isCount = (text: string) => /^\d{1,18}$/.test(text);

/** A time in microseconds: a `Date` has fewer digits than PostgreSQL compares. */
const instantKey = (key: SQL): SortKey => ({
  key,
  text: sql`((extract(epoch from ${key}) * 1000000)::bigint)::text`,
  fromText: (text) => sql`('epoch'::timestamptz + ${`${text} microseconds`}::interval)`,
  isText: isCount,
});

const countKey = (key: SQL): SortKey => ({
  key,
  text: sql`${key}::text`,
  fromText: (text) => sql`${text}::bigint`,
  isText: isCount,
});

const sortKeys: Readonly<Record<ApiKeyOrder["by"], SortKey>> = {
  created: countKey(sql`${apiKeys.id}`),
  expires: instantKey(sql`${apiKeys.expiration}`),
  // A key that was never used comes before all others.
  lastUsed: instantKey(sql`coalesce(${apiKeyUsage.lastUsedAt}, 'epoch')`),
  name: {
    key: sql`lower(${apiKeys.name})`,
    text: sql`${apiKeys.name}`,
    fromText: (text) => sql`lower(${text}::text)`,
    isText: () => true,
  },
  calls: countKey(sql`coalesce(${apiKeyUsage.callCount}, 0)`),
};

/** Whether a place that came from outside can be one in this order. */
export function isPlaceIn({ by }: ApiKeyOrder, { value }: ApiKeyPlace): boolean {
  return sortKeys[by].isText(value);
}

/** The text of a key's value in an order, for its place. */
export function placeValueIn({ by }: ApiKeyOrder): SQL<string> {
  return sortKeys[by].text;
}

/** The same order the other way round. */
export function reversed({ by, isDescending }: ApiKeyOrder): ApiKeyOrder {
  return { by, isDescending: !isDescending };
}

/** `order by` for a query of keys joined with their usage. */
export function orderOf({ by, isDescending }: ApiKeyOrder): SQL[] {
  return [sortKeys[by].key, sql`${apiKeys.id}`].map((key) => (isDescending ? desc(key) : asc(key)));
}

/** The condition on keys, joined with their usage, that come after a place. */
export function isAfter({ by, isDescending }: ApiKeyOrder, { id, value }: ApiKeyPlace): SQL {
  const { key, fromText } = sortKeys[by];
  return sql`(${key}, ${apiKeys.id}) ${sql.raw(isDescending ? "<" : ">")} (${fromText(value)}, ${id}::bigint)`;
}
