/** Runs SQL text, in a pool or a transaction, where Drizzle's builder cannot express it or costs too much. */
import { is } from "drizzle-orm";
import { PostgresJsSession } from "drizzle-orm/postgres-js";
import type { ParameterOrJSON, Sql } from "postgres";
import type { Database } from "./client.ts";

/** What PostgreSQL gets for `$1`, `$2`, ... */
export type SqlParameter = string | number | bigint | boolean | null | Date | readonly string[];

/**
 * Runs one statement, planned for the values of this call, and gives its rows as the driver reads them: `bigint` and
 * `timestamptz` as text. An error is the driver's own: Drizzle's would carry the parameters, and so people's answers.
 */
export async function runSql<Row extends object>(
  db: Database,
  sql: string,
  parameters: readonly SqlParameter[] = [],
): Promise<Row[]> {
  return await run<Row>(db, sql, parameters, false);
}

/** Like `runSql`, but each connection plans the statement only once: for a text that comes back often. */
export async function runPrepared<Row extends object>(
  db: Database,
  sql: string,
  parameters: readonly SqlParameter[] = [],
): Promise<Row[]> {
  return await run<Row>(db, sql, parameters, true);
}

/**
 * Runs one statement and gives every row as PostgreSQL sent it: the columns in their order, each the UTF-8
 * of its text, or null. The bytes are views of larger buffers: keeping them keeps the buffers.
 */
export async function runSqlForBytes<Row extends readonly (Buffer | null)[]>(
  db: Database,
  sql: string,
  parameters: readonly SqlParameter[],
  { isPrepared }: { isPrepared: boolean },
): Promise<Row[]> {
  const rows: unknown = await run(db, sql, parameters, isPrepared).raw();
  return rows as Row[];
}

function run<Row extends object>(db: Database, sql: string, parameters: readonly SqlParameter[], prepare: boolean) {
  // The driver accepts all of these, also `bigint`, which its types do not include.
  return driverOf(db).unsafe<Row[]>(sql, [...parameters] as ParameterOrJSON<never>[], { prepare });
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
