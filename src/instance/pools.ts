/**
 * The database connections of a server. Each kind of work has its own pool and its own timeouts, so that none
 * makes another wait.
 */
import type { Config } from "../config/variables.ts";
import { type Connection, connect, type PoolTimeouts } from "../db/client.ts";
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
const mainTimeouts: PoolTimeouts = { statementSeconds: 30, idleInTransactionSeconds: 30 };
/** A lookup gives up after 4 s. */
const lookupTimeouts: PoolTimeouts = { statementSeconds: 5, idleInTransactionSeconds: 5 };
/** The first rows must come within 5 s; a stream reads in batches, each a statement of its own. */
const apiTimeouts: PoolTimeouts = { statementSeconds: 10, idleInTransactionSeconds: 10 };

/** Shorter than the time until the caller gets 503, so that nothing is written after that. */
const writeTimeouts: PoolTimeouts = { statementSeconds: 4, idleInTransactionSeconds: 5 };

const mainConnectionsMax = 10;
const lookupConnectionsMax = 4;
/** How many API reads run at a time. */
export const apiConnectionsMax = 6;
/** How many API writes run at a time. */
export const writeConnectionsMax = 4;

/** Opens the instance of a server, with the `main` pool. Migrates nothing. */
export function openServerInstance(config: Config, log: Log): Promise<Instance> {
  return openInstance(config, {
    role: "server",
    connectionsMax: mainConnectionsMax,
    timeouts: mainTimeouts,
    report: (line) => log.info({}, line),
  });
}

/** Opens the other pools of a server. */
export function openPools({ target, connection: main, config }: Instance): Pools {
  const lookup = connect(target, {
    connectionsMax: lookupConnectionsMax,
    timeouts: lookupTimeouts,
    plansOnce: true,
  });
  const apiOptions = { connectionsMax: apiConnectionsMax, timeouts: apiTimeouts };
  const api = connect(target, apiOptions);
  const writes = connect(target, {
    connectionsMax: writeConnectionsMax,
    timeouts: writeTimeouts,
  });
  const replica = config.DATABASE_READ_URL && connect(config.DATABASE_READ_URL, apiOptions);
  return {
    main,
    lookup,
    api,
    writes,
    replica: replica || undefined,
    leaveBehind() {
      lookup.renew({ graceSeconds: 5 });
      api.renew({ graceSeconds: 10 });
      writes.renew({ graceSeconds: 5 });
      main.renew({ graceSeconds: 30 });
    },
    async close() {
      const others = replica ? [replica] : [];
      await Promise.all([lookup, api, writes, ...others].map((pool) => pool.close()));
    },
  };
}
