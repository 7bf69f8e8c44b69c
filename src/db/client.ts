/** Connects to PostgreSQL: one pool of postgres.js connections, and Drizzle on top of it. */
import type { PgDatabase } from "drizzle-orm/pg-core";
import { drizzle, type PostgresJsDatabase, type PostgresJsQueryResultHKT } from "drizzle-orm/postgres-js";
import postgres, { type Options, type Sql } from "postgres";
import { type PostgresUrl, readPostgresUrl } from "../lib/net/postgres-url.ts";
import { beginSafely } from "./lost-transactions.ts";
import * as schema from "./schema.ts";

/** The first parameter of every domain function: the pool, or a transaction. */
export type Database = PgDatabase<PostgresJsQueryResultHKT, typeof schema>;

/** Where the embedded PostgreSQL is; the host is a socket folder. */
export interface DatabaseAddress {
  readonly host: string;
  readonly port: number;
  readonly username: string;
  readonly password: string;
  readonly database: string;
}

/** Where PostgreSQL is: a URL, or the embedded one. */
export type DatabaseTarget = string | DatabaseAddress;

/** An open pool. */
export interface Connection {
  readonly db: PostgresJsDatabase<typeof schema>;
  /** The driver itself, for what Drizzle cannot express (cursors, `any($1)` look-ups, COPY). */
  readonly client: Sql;
  /**
   * Abandons the pool's connections, which may hang for minutes after a server has vanished: the next query
   * opens a new one, and running queries get `graceSeconds` more. Does nothing within five seconds of the
   * last time.
   */
  renew(options: { graceSeconds: number }): void;
  /** Gives running queries five seconds, then closes every connection. Idempotent. */
  close(): Promise<void>;
}

/** When PostgreSQL itself ends what a pool has begun. Zero is never. */
export interface PoolTimeouts {
  /** One statement, waiting for locks included. */
  readonly statementSeconds: number;
  /** A transaction in which nothing happens. */
  readonly idleInTransactionSeconds: number;
}

/** How to open a pool. */
export interface ConnectOptions {
  readonly connectionsMax: number;
  /** None without: imports and migrations take as long as they need. */
  readonly timeouts?: PoolTimeouts;
  /** Statements are planned once for each connection, whatever their values: for look-ups by key. */
  readonly plansOnce?: boolean;
}

/** Seconds after which an unreachable PostgreSQL is an error: the API promises 503 within five. */
const connectTimeoutSeconds = 3;
const renewEverySeconds = 5;
/**
 * Opens a pool; the first query connects. A connection that breaks is replaced by the next query, so
 * the database may go away and come back.
 */
export function connect(target: DatabaseTarget, options: ConnectOptions): Connection {
  const url = typeof target === "string" ? readPostgresUrl(target) : undefined;
  const settings = {
    max: options.connectionsMax,
    connect_timeout: url?.connectTimeoutSeconds ?? connectTimeoutSeconds,
    max_lifetime: 60 * 30,
    backoff: false as const,
    // Every transaction may get another server connection, which knows no statement by name.
    prepare: url?.isPgbouncer !== true,
    onnotice: () => {},
    connection: {
      application_name: url?.applicationName ?? "civikey",
      TimeZone: "UTC",
      // PgBouncer refuses them in the start of a connection (docs/scaling.md).
      ...(url?.isPgbouncer ? {} : startSettings(options)),
      ...(url?.options === undefined ? {} : { options: url.options }),
    },
  };
  const place = typeof target === "string" ? driverOptions(readPostgresUrl(target)) : target;
  const { client, renew } = createRenewable(() => postgres({ ...settings, ...place }));
  return {
    db: drizzle(client, { schema }),
    client,
    renew,
    close: () => client.end({ timeout: 5 }),
  };
}

/** A driver whose pool can be replaced while others hold on to it. */
function createRenewable(open: () => Sql): Pick<Connection, "client" | "renew"> {
  let current = open();
  let openedMs = performance.now();
  const client = new Proxy(current, {
    apply: (_first, _this, args) => Reflect.apply(current, undefined, args),
    get: (_first, name) => (name === "begin" ? beginSafely.bind(undefined, current) : Reflect.get(current, name)),
  });
  return {
    client,
    renew({ graceSeconds }) {
      if (performance.now() - openedMs < renewEverySeconds * 1000) return;
      const old = current;
      current = open();
      openedMs = performance.now();
      // drizzle() installs date parsers as a side effect; the new client needs them too.
      drizzle(current, { schema });
      void old.end({ timeout: graceSeconds });
    },
  };
}

/** Settings for the start of a connection. */
function startSettings({ timeouts, plansOnce }: ConnectOptions): Record<string, string> {
  return {
    ...(plansOnce ? { plan_cache_mode: "force_generic_plan" } : {}),
    ...(timeouts && {
      statement_timeout: `${timeouts.statementSeconds}s`,
      idle_in_transaction_session_timeout: `${timeouts.idleInTransactionSeconds}s`,
    }),
  };
}

/** Where a URL leads, in the driver's words. The patched driver tries each host, and reads `ssl` for each connection. */
function driverOptions({
  hosts,
  user,
  password,
  database,
  wanted,
  readTls,
}: PostgresUrl): Options<Record<string, never>> {
  const [first] = hosts;
  const isOneSocket = hosts.length === 1 && first?.host.startsWith("/");
  return {
    // The driver takes a socket's folder only as text.
    ...(isOneSocket && first ? first : { host: hosts.map(({ host }) => host), port: hosts.map(({ port }) => port) }),
    ...(user !== undefined && { user }),
    ...(password !== undefined && { password }),
    ...(database !== undefined && { database }),
    ...(wanted !== "any" && { target_session_attrs: wanted }),
    ssl: readTls ?? false,
  };
}
