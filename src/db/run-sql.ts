/** Runs written SQL where Drizzle's builder has no words or costs too much, in a pool or a transaction alike. */
import { is } from "drizzle-orm";
import { DrizzleQueryError } from "drizzle-orm/errors";
import { PostgresJsSession } from "drizzle-orm/postgres-js";
import type { ParameterOrJSON, Sql } from "postgres";
import type { Database } from "./client.ts";

/** What PostgreSQL gets for `$1`, `$2`, ... */
export type SqlParameter = string | number | bigint | boolean | null | Date | readonly string[];

/** How PostgreSQL plans a statement. */
export interface SqlOptions {
  /**
   * `prepare`: once for each connection, for a text that comes back often. `plan`: every time, for
   * this call's values.
   */
  readonly planning: "prepare" | "plan";
}

/**
 * Runs one statement and gives its rows as the driver reads them: `bigint` and `timestamptz` as text.
 * An error is the driver's own: Drizzle's message would carry the parameters, and so people's answers.
 */
export async function runSql<Row extends Record<string, unknown>>(
  db: Database,
  sql: string,
  parameters: readonly SqlParameter[],
  { planning }: SqlOptions,
): Promise<Row[]> {
  const name = planning === "prepare" ? sql : undefined;
  const query = { sql, params: [...parameters] };
  try {
    return await db._.session
      .prepareQuery<{ execute: Row[]; all: Row[]; values: Row[] }>(query, undefined, name, false)
      .execute();
  } catch (error) {
    throw error instanceof DrizzleQueryError && error.cause ? error.cause : error;
  }
}

/**
 * Runs one statement and gives every row as PostgreSQL sent it: the columns in their order, each the UTF-8
 * of its text, or null. The bytes are parts of larger pieces: whoever keeps them keeps those.
 */
export async function runSqlForBytes<Row extends readonly (Buffer | null)[]>(
  db: Database,
  sql: string,
  parameters: readonly SqlParameter[],
  { planning }: SqlOptions,
): Promise<Row[]> {
  // The driver writes every one of these, `bigint` too, of which its types do not know.
  const given = [...parameters] as ParameterOrJSON<never>[];
  const rows = driverOf(db)
    .unsafe(sql, given, { prepare: planning === "prepare" })
    .raw();
  return rows as Promise<unknown> as Promise<Row[]>;
}

/** Whether PostgreSQL refused a row because another one has what must be there once only (SQLSTATE 23505). */
export function isUniqueViolation(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "23505";
}

/** The driver below, in the same transaction: for what Drizzle has no words for. */
export function driverOf(db: Database): Sql {
  const { session } = db._;
  if (!is(session, PostgresJsSession)) throw new Error("not a session of postgres.js");
  return session.client;
}
