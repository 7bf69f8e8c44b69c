/** PostgreSQL's COPY, the cheapest way to insert many rows. */
import type { Writable } from "node:stream";
import { finished } from "node:stream/promises";
import type { Database } from "./client.ts";
import { driverOf } from "./run-sql.ts";

/** Where rows go, and the columns that they fill. */
export interface CopyTarget {
  readonly table: string;
  readonly columns: readonly string[];
}

/**
 * Copies rows in a transaction, one COPY at a time. While a COPY is open, the transaction can do nothing
 * else. Errors are the driver's own.
 */
export interface RowCopies {
  /**
   * Adds rows: COPY's text format of the values of the columns, in UTF-8
   * (https://www.postgresql.org/docs/current/sql-copy.html, "Text Format"). Done when they have gone to
   * PostgreSQL, and their memory may be used again; what it thinks of them may come with a later call.
   */
  add(target: CopyTarget, rows: Uint8Array): Promise<void>;
  /** Ends the open COPY, if any: then all rows are in their table. */
  end(): Promise<void>;
}

/**
 * PostgreSQL remembers what it has to check of every row until a COPY ends, and its time-outs are those of a
 * statement: so it ends after as many bytes.
 */
const copyBytesMax = 32 * 1024 * 1024;

/** Makes copies in a transaction. Rows for one target, one after the other, share a COPY. */
export function createCopies(tx: Database): RowCopies {
  let open: { target: CopyTarget; sink: Writable; ended: Promise<void> } | undefined;
  let bytes = 0;

  async function begin(target: CopyTarget) {
    const { table, columns } = target;
    const sink = await driverOf(tx).unsafe(`copy ${table} (${columns}) from stdin`).writable();
    const ended = finished(sink);
    // The next `add` or `end` throws the error; until then it must not count as unhandled.
    ended.catch(() => {});
    return { target, sink, ended };
  }

  async function end(): Promise<void> {
    const ending = open;
    open = undefined;
    ending?.sink.end();
    await ending?.ended;
  }

  return {
    async add(target, rows) {
      if (open?.target !== target || bytes > copyBytesMax) {
        await end();
        open = await begin(target);
        bytes = 0;
      }
      bytes += rows.length;
      const { sink, ended } = open;
      const written = new Promise<void>((resolve, reject) => {
        sink.write(rows, (error) => (error ? reject(error) : resolve()));
      });
      await Promise.race([ended, written]);
    },
    end,
  };
}
