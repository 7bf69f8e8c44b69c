/** What the embedded PostgreSQL tells the operator; never a password. */

/** It cannot be used; the message says why, and what the operator can do. */
export class EmbeddedPostgresError extends Error {
  override readonly name = "EmbeddedPostgresError";
}

/** A line for each slow or unusual step. */
export type PostgresProgress =
  | `Copying the PostgreSQL programs to ${string}`
  | `Creating a PostgreSQL ${string} database in ${string}`
  | `The embedded PostgreSQL ${string}`;

/** What went wrong, in the words of whoever threw it. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
