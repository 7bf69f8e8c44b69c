/**
 * The database connections of a server. Each kind of work has its own pool and its own timeouts, so that none
 * makes another wait.
 */
import type { Config } from "../config/variables.ts";
import { type Connection, connect } from "../db/client.ts";
import type { Log } from "../log.ts";
import { type Instance, openInstance } from "./open.ts";

/** The pools of one server process. */
export interface Pools {
  /** Pages, sign-in, counting, alerts: the connection of the instance. */
  readonly main: Connection;
  /** Key lookups: a long list never makes a call wait for its check. */
  readonly lookup: Connection;
  /** API reads: they never make an admin's page wait. */
  readonly api: Connection;
  /** API writes: one that waits for a lock never makes a reader wait. */
  readonly writes: Connection;
  /** Where the API reads applications, when there is a replica. */
  readonly replica: Connection | undefined;
  /** Abandons connections that do not answer; called after a timeout. */
  leaveBehind(): void;
  /** Closes all pools except `main`, which the instance closes. */
  close(): Promise<void>;
}

/** Pages give up after 8 s, changes after 30 s. */
const mainPool = { connectionsMax: 10, timeouts: { statementSeconds: 30, idleInTransactionSeconds: 30 } };
/** A lookup gives up after 4 s. */
const lookupPool = {
  connectionsMax: 4,
  timeouts: { statementSeconds: 5, idleInTransactionSeconds: 5 },
  plansOnce: true,
};
/** The first rows must come within 5 s; a stream reads in batches, each a statement of its own. */
export const apiPool = { connectionsMax: 6, timeouts: { statementSeconds: 10, idleInTransactionSeconds: 10 } };
/** Shorter than the time until the caller gets 503, so that nothing is written after that. */
export const writePool = { connectionsMax: 4, timeouts: { statementSeconds: 4, idleInTransactionSeconds: 5 } };

/** Opens the instance of a server, with the `main` pool. Migrates nothing. */
export function openServerInstance(config: Config, log: Log): Promise<Instance> {
  return openInstance(config, { ...mainPool, role: "server", report: (line) => log.info({}, line) });
}

/** Opens the other pools of a server. */
export function openPools({ target, connection: main, config }: Instance): Pools {
  const lookup = connect(target, lookupPool);
  const api = connect(target, apiPool);
  const writes = connect(target, writePool);
  const { DATABASE_READ_URL: replicaUrl } = config;
  const replica = replicaUrl === undefined ? undefined : connect(replicaUrl, apiPool);
  return {
    ...{ main, lookup, api, writes, replica },
    leaveBehind() {
      lookup.renew({ graceSeconds: 5 });
      api.renew({ graceSeconds: 10 });
      writes.renew({ graceSeconds: 5 });
      main.renew({ graceSeconds: 30 });
    },
    async close() {
      await Promise.all([lookup, api, writes, replica].map((pool) => pool?.close()));
    },
  };
}
