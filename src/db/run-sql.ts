/** Runs SQL text, in a pool or a transaction, where Drizzle's builder cannot express it or costs too much. */
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
 * of its text, or null. The bytes are views of larger buffers: keeping them keeps the buffers.
 */
export async function runSqlForBytes<Row extends readonly (Buffer | null)[]>(
  db: Database,
  sql: string,
  parameters: readonly SqlParameter[],
  { planning }: SqlOptions,
): Promise<Row[]> {
  // The driver accepts all of these, also `bigint`, which its types do not include.
  const given = [...parameters] as ParameterOrJSON<never>[];
  const rows = driverOf(db)
    .unsafe(sql, given, { prepare: planning === "prepare" })
    .raw();
  return rows as Promise<unknown> as Promise<Row[]>;
}

/** Whether PostgreSQL refused a row because it violates a unique constraint (SQLSTATE 23505). */
export function isUniqueViolation(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "23505";
}

/** The underlying driver, in the same transaction: for what Drizzle cannot express. */
export function driverOf(db: Database): Sql {
  const { session } = db._;
  if (!is(session, PostgresJsSession)) throw new Error("not a session of postgres.js");
  return session.client;
}
