/** PostgreSQL's COPY, the cheapest way of many rows into a table. */
import { finished } from "node:stream/promises";
import type { Database } from "./client.ts";
import { driverOf } from "./run-sql.ts";

/**
 * Adds rows to `table`, all or none: `rows` is COPY's text format of the values of `columns`, in UTF-8
 * (https://www.postgresql.org/docs/current/sql-copy.html, "Text Format"). An error is the driver's own.
 */
export async function copyRows(
  db: Database,
  { table, columns }: { table: string; columns: readonly string[] },
  rows: Uint8Array,
): Promise<void> {
  const sink = await driverOf(db).unsafe(`copy ${table} (${columns}) from stdin`).writable();
  sink.end(rows);
  await finished(sink);
}
