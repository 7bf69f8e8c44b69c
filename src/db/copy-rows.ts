/** PostgreSQL's COPY, the cheapest way to insert many rows. */
import type { Writable } from "node:stream";
import { finished } from "node:stream/promises";
import type { Database } from "./client.ts";
import { driverOf } from "./run-sql.ts";

/** PostgreSQL's time-outs are those of a statement, so a COPY ends after as many bytes and another begins. */
const copyBytesMax = 32 * 1024 * 1024;

/**
 * Copies rows into these columns of a table, in a transaction, which can do nothing else from the first rows to `end`.
 * Errors are the driver's own.
 */
export function createCopy(tx: Database, target: { table: string; columns: readonly string[] }) {
  let open: { sink: Writable; ended: Promise<void>; bytes: number } | undefined;

  async function begin() {
    const sink = await driverOf(tx).unsafe(`copy ${target.table} (${target.columns}) from stdin`).writable();
    const ended = finished(sink);
    // The next `add` or `end` throws the error; until then it must not count as unhandled.
    ended.catch(() => {});
    return { sink, ended, bytes: 0 };
  }

  async function end(): Promise<void> {
    const ending = open;
    open = undefined;
    ending?.sink.end();
    await ending?.ended;
  }

  return {
    /**
     * Adds rows: COPY's text format of the values of the columns, in UTF-8
     * (https://www.postgresql.org/docs/current/sql-copy.html, "Text Format"). Done when they have gone to
     * PostgreSQL, and their memory may be used again; what it thinks of them may come with a later call.
     */
    async add(rows: Uint8Array): Promise<void> {
      if (open !== undefined && open.bytes > copyBytesMax) await end();
      open ??= await begin();
      open.bytes += rows.length;
      const { sink, ended } = open;
      const written = new Promise<void>((resolve, reject) => {
        sink.write(rows, (error) => (error ? reject(error) : resolve()));
      });
      await Promise.race([ended, written]);
    },
    /** Ends the open COPY, if any: then all rows are in the table. */
    end,
  };
}
