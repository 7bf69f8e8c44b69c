/** What the API of a server reads and writes: so much at a time, and applications from the replica when there is one. */
import { type ApiReads, createApiReads } from "../db/reads/call-reads.ts";
import { createGate, type Gate } from "../db/reads/gate.ts";
import { createReplica, type Replica } from "../db/reads/replica.ts";
import { describeError } from "../http/answers/errors.ts";
import type { Log } from "../log.ts";
import { apiConnectionsMax, type Pools, writeConnectionsMax } from "./pools.ts";

/** A line of calls that is longer than this will not be done before its callers give up. */
const waitingMax = 200;
/** Less than the five seconds in which a call is answered. */
const patienceMs = 4_000;

/** Makes the reads of a server. */
export function createServerReads(pools: Pools, log: Log): ApiReads {
  return createApiReads({
    db: pools.api.db,
    replica: openReplica(pools, log),
    gate: { runningMax: apiConnectionsMax, waitingMax, patienceMs },
  });
}

/** Together with the longest statement of a write it is less than the five seconds, too. */
const writePatienceMs = 700;

/** Makes the line of what the API of a server writes: what was told 503 while it waited is never begun. */
export function createWriteGate(): Gate {
  return createGate({ runningMax: writeConnectionsMax, waitingMax, patienceMs: writePatienceMs });
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
