/** Progress of the embedded PostgreSQL; never a password. */
export type PostgresProgress =
  | `Copying the PostgreSQL programs to ${string}`
  | `Creating a PostgreSQL ${string} database in ${string}`
  | `The embedded PostgreSQL ${string}`;
