/**
 * The connections of a server: who has how many, and after how long PostgreSQL ends what they began. Each
 * kind of work has its own, so that none makes another wait.
 */
import type { Config } from "../config/variables.ts";
import { type Connection, connect, type PoolTimeouts } from "../db/client.ts";
import type { Log } from "../log.ts";
import { type Instance, openInstance } from "./open.ts";

/** The pools of one server process. */
export interface Pools {
  /** Pages, sign-in, counting, alerts: the connection of the instance. */
  readonly main: Connection;
  /** The checks of keys: a long list never makes a call wait for its check. */
  readonly lookup: Connection;
  /** What callers of the API read: they never make an admin's page wait. */
  readonly api: Connection;
  /** What callers of the API write: one that waits for a lock never makes a reader wait. */
  readonly writes: Connection;
  /** Where the API reads applications, when there is a replica. */
  readonly replica: Connection | undefined;
  /** Leaves behind what does not answer; called when somebody waited in vain. */
  leaveBehind(): void;
  /** Closes all but `main`, which its instance closes. */
  close(): Promise<void>;
}

/** A page waits 8 s, a change 30 s: nobody is there any more when one of these ends. */
const mainTimeouts: PoolTimeouts = { statementSeconds: 30, idleInTransactionSeconds: 30 };
/** A check has 4 s. */
const lookupTimeouts: PoolTimeouts = { statementSeconds: 5, idleInTransactionSeconds: 5 };
/** The first rows must come within 5 s; a stream reads in batches, each a statement of its own. */
const apiTimeouts: PoolTimeouts = { statementSeconds: 10, idleInTransactionSeconds: 10 };

/** Ended before the caller is told 503: what was not answered in time is not done behind its back. */
const writeTimeouts: PoolTimeouts = { statementSeconds: 4, idleInTransactionSeconds: 5 };

const mainConnectionsMax = 10;
const lookupConnectionsMax = 4;
/** As many reads of the API run at a time. */
export const apiConnectionsMax = 6;
/** As many writes of the API run at a time. */
export const writeConnectionsMax = 4;

/** Opens what a server stands on, with `main`. Nothing is migrated. */
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
