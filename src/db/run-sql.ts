/** Runs written SQL where Drizzle's builder has no words or costs too much, in a pool or a transaction alike. */
import { DrizzleQueryError } from "drizzle-orm/errors";
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
