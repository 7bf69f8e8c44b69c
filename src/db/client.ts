/** Connects to PostgreSQL: one pool of postgres.js connections, and Drizzle on top of it. */
import type { PgDatabase } from "drizzle-orm/pg-core";
import {
  drizzle,
  type PostgresJsDatabase,
  type PostgresJsQueryResultHKT,
} from "drizzle-orm/postgres-js";
import postgres, { type Options, type Sql } from "postgres";
import * as schema from "./schema.ts";

/** What every domain function takes first: the pool, or the transaction it must be part of. */
export type Database = PgDatabase<PostgresJsQueryResultHKT, typeof schema>;

/** Where PostgreSQL is: a URL, or the socket folder and password of the embedded one. */
export type DatabaseTarget =
  | string
  | { host: string; port: number; username: string; password: string; database: string };

/** An open pool. */
export interface Connection {
  readonly db: PostgresJsDatabase<typeof schema>;
  /** The driver itself, for what Drizzle has no words for (cursors, `any($1)` look-ups, COPY). */
  readonly client: Sql;
  /** Lets running queries finish for up to five seconds, then closes every connection. Idempotent. */
  close(): Promise<void>;
}

/** Seconds after which an unreachable PostgreSQL is an error: the API promises 503 within five (spec 2). */
const connectTimeoutSeconds = 3;

/**
 * Opens a pool; the first query connects. A connection that breaks is replaced by the next query, so
 * the database may go away and come back.
 */
export function connect(target: DatabaseTarget, options: { connectionsMax: number }): Connection {
  const settings = {
    max: options.connectionsMax,
    connect_timeout: connectTimeoutSeconds,
    max_lifetime: 60 * 30,
    backoff: false as const,
    onnotice: () => {},
    connection: { application_name: "civikey", TimeZone: "UTC" },
  };
  const client =
    typeof target === "string"
      ? connectToUrl(target, settings)
      : postgres({ ...settings, ...target });
  return {
    db: drizzle(client, { schema }),
    client,
    close: () => client.end({ timeout: 5 }),
  };
}

/** Understands a Unix socket as libpq writes it: `postgres://user@localhost/db?host=/run/postgresql`. */
function connectToUrl(text: string, settings: Options<Record<string, never>>): Sql {
  const url = new URL(text);
  const socketFolder = url.searchParams.get("host");
  url.searchParams.delete("host");
  return postgres(url.href, socketFolder === null ? settings : { ...settings, host: socketFolder });
}
