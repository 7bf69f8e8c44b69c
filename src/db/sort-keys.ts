/** What people can sort a list by. Rows that are alike in it follow their ids, in the same direction. */
import { type SQL, type SQLWrapper, sql } from "drizzle-orm";
import type { SortPlace } from "../lib/keyset.ts";
import type { Order } from "./keyset.ts";

/** What rows are sorted by: as SQL, as the text of a place, and read back from that. */
export interface SortKey {
  readonly key: SQL;
  readonly text: SQL<string>;
  readonly fromText: (text: string) => SQL;
  /** Whether a text that came from outside can be one. */
  readonly isText: (text: string) => boolean;
}

const isCount = (text: string) => /^\d{1,18}$/.test(text);

/** A time in microseconds: a `Date` has fewer digits than PostgreSQL compares. */
export const instantKey = (key: SQL): SortKey => ({
  key,
  text: sql`((extract(epoch from ${key}) * 1000000)::bigint)::text`,
  fromText: (text) => sql`('epoch'::timestamptz + ${`${text} microseconds`}::interval)`,
  isText: isCount,
});

/** A number that is not negative. */
export const countKey = (key: SQL): SortKey => ({
  key,
  text: sql`${key}::text`,
  fromText: (text) => sql`${text}::bigint`,
  isText: isCount,
});

/** A text in lower case. */
export const textKey = (column: SQLWrapper): SortKey => ({
  key: sql`lower(${column})`,
  text: sql`${column}`,
  fromText: (text) => sql`lower(${text}::text)`,
  isText: () => true,
});

/** The order by a key, and then by ids. */
export function orderBy({ key, fromText }: SortKey, id: SQLWrapper, isDescending: boolean): Order<SortPlace> {
  return {
    keys: [key, id],
    isDescending,
    valuesAt: (place) => [fromText(place.value), sql`${place.id}::bigint`],
  };
}
