/** The kinds of columns that several tables have. */
import { type AnyPgColumn, bigint, timestamp } from "drizzle-orm/pg-core";

/** The id of a row, which PostgreSQL gives. */
export const identity = (name: string) => bigint(name, { mode: "number" }).primaryKey().generatedAlwaysAsIdentity();

/** The id of another table's row. */
export const reference = (name: string) => bigint(name, { mode: "number" });

/** The same, always there and checked by PostgreSQL. */
export const referenceTo = (name: string, column: () => AnyPgColumn) => reference(name).notNull().references(column);

/** How many. */
export const count = (name: string) => bigint(name, { mode: "number" });

/** A time as a `Date`: to the millisecond. */
export const instant = (name: string) => timestamp(name, { withTimezone: true, mode: "date" });

/** A time that the API serves: microseconds are kept, so it never becomes a `Date`. */
export const exactInstant = (name: string) => timestamp(name, { withTimezone: true, mode: "string" });
