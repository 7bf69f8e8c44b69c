/** Whether a database takes changes: a standby, or one that somebody made read-only, does not. */
import type { ISql } from "postgres";

/** Asks the database; a connection that is open already may learn of a change late. */
export async function isReadOnly(client: ISql): Promise<boolean> {
  const [row] = await client`select current_setting('transaction_read_only') = 'on' as answer`;
  return row?.answer === true;
}
