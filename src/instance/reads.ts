/** Limits how many reads and writes of the API run at a time, and reads applications from the replica if there is one. */
import { type ApiReads, createApiReads } from "../db/reads/call-reads.ts";
import { createGate, type Gate } from "../db/reads/gate.ts";
import { createReplica, type Replica } from "../db/reads/replica.ts";
import { describeError } from "../http/answers/errors.ts";
import type { Log } from "../log.ts";
import { apiPool, type Pools, writePool } from "./pools.ts";

/** In a longer queue, callers would give up before their turn. */
const waitingMax = 200;
/** A call must be answered within five seconds. */
const patienceMs = 4_000;

/** Makes the reads of a server. */
export function createServerReads(pools: Pools, log: Log): ApiReads {
  return createApiReads({
    db: pools.api.db,
    replica: openReplica(pools, log),
    gate: { runningMax: apiPool.connectionsMax, waitingMax, patienceMs },
  });
}

/** Together with the longest write, it is less than five seconds. */
const writePatienceMs = 700;

/** Makes the queue for API writes. One that got 503 while it waited is never begun. */
export function createWriteGate(): Gate {
  return createGate({ runningMax: writePool.connectionsMax, waitingMax, patienceMs: writePatienceMs });
}

function openReplica({ api, replica }: Pools, log: Log): Replica | undefined {
  if (replica === undefined) return undefined;
  return createReplica({
    primary: api.client,
    replica,
    report(problem, error) {
      if (problem === undefined) return log.info({}, "the replica answers");
      const known = error === undefined ? {} : { error: describeError(error) };
      log.error({ problem, ...known }, "the replica is not used");
    },
  });
}
