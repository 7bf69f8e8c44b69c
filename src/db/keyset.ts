/** Lists in the database, as `lib/keyset` reads them. */
import { asc, desc, type SQL, type SQLWrapper, sql } from "drizzle-orm";
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

/** A list of what queries find. `count` gets no more rows than `limit`: see `countRows`. */
export function createListing<Row, Place>(list: {
  order: Order<Place>;
  select: (query: RowQuery) => Promise<Row[]>;
  count: (query: Omit<RowQuery, "orderBy">) => Promise<number>;
  placeOf: (row: Row) => Place;
}): Listing<Row, Place> {
  const { order } = list;
  const backward = { ...order, isDescending: !order.isDescending };
  return {
    read({ start, isBackward, limit }) {
      const direction = isBackward ? backward : order;
      const orderBy = direction.keys.map((key) => (direction.isDescending ? desc(key) : asc(key)));
      return list.select({ where: isAfter(direction, start), orderBy, limit });
    },
    count: ({ before, limit }) => list.count({ where: isAfter(backward, before), limit }),
    placeOf: list.placeOf,
  };
}

/** The condition on rows that come after a place in an order. */
function isAfter<Place>({ keys, isDescending, valuesAt }: Order<Place>, place: Place | undefined): SQL | undefined {
  if (place === undefined) return undefined;
  const values = valuesAt(place).map((value) => sql`${value}`);
  return sql`(${sql.join([...keys], sql`, `)}) ${sql.raw(isDescending ? "<" : ">")} (${sql.join(values, sql`, `)})`;
}

/** Counts what a query finds. Give it a limit: then it also reads no more than that. */
export function countRows(db: Database, query: SQLWrapper): Promise<number> {
  return db.$count(sql`${query} counted`);
}
