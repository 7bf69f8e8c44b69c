/** Lists in the database, as `lib/keyset` reads them. */
import { and, asc, desc, type SQL, type SQLWrapper, sql } from "drizzle-orm";
import type { Listing } from "../lib/keyset.ts";
import type { Database } from "./client.ts";

/** An order of rows. */
export interface Order<Place> {
  /** What rows are sorted by. All keys together differ from row to row. */
  readonly keys: readonly SQLWrapper[];
  readonly isDescending: boolean;
  /** The values of the keys at a place. */
  readonly valuesAt: (place: Place) => readonly unknown[];
}

/** A part of a list's rows: those that meet a condition, in an order. */
export interface RowQuery {
  readonly where: SQL | undefined;
  readonly orderBy: SQL[];
  readonly limit: number;
}

/** A query of ids that can still be narrowed. */
interface IdQuery {
  where(condition: SQL | undefined): { limit(limit: number): SQLWrapper };
}

/** A list of the rows that meet `conditions`. `ids` selects one column of all rows, to count them up to a limit. */
export function createListing<Row, Place>(
  db: Database,
  list: {
    order: Order<Place>;
    conditions: SQL | undefined;
    select: (query: RowQuery) => Promise<Row[]>;
    ids: () => IdQuery;
    placeOf: (row: Row) => Place;
  },
): Listing<Row, Place> {
  const { order, conditions, select, ids, placeOf } = list;
  const backward = { ...order, isDescending: !order.isDescending };
  return {
    read({ start, isBackward, limit }) {
      const direction = isBackward ? backward : order;
      const orderBy = direction.keys.map((key) => (direction.isDescending ? desc(key) : asc(key)));
      return select({ where: and(conditions, isAfter(direction, start)), orderBy, limit });
    },
    count({ before, limit }) {
      const found = ids().where(and(conditions, isAfter(backward, before)));
      return db.$count(sql`${found.limit(limit)} counted`);
    },
    placeOf,
  };
}

/** The condition on rows that come after a place in an order. */
function isAfter<Place>({ keys, isDescending, valuesAt }: Order<Place>, place: Place | undefined): SQL | undefined {
  if (place === undefined) return undefined;
  const values = valuesAt(place).map((value) => sql`${value}`);
  return sql`(${sql.join([...keys], sql`, `)}) ${sql.raw(isDescending ? "<" : ">")} (${sql.join(values, sql`, `)})`;
}
