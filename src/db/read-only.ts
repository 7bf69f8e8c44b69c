/** Whether a database is read-only, such as a standby. */
import type { ISql } from "postgres";

/** Asks the database. An open connection may learn of a change late. */
export async function isReadOnly(client: ISql): Promise<boolean> {
  const [row] = await client`select current_setting('transaction_read_only') = 'on' as answer`;
  return row?.answer === true;
}
