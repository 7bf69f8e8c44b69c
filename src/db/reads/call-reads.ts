/** The reads of one API call: each waits its turn, and goes to the primary or the replica. */
import type { Database } from "../client.ts";
import { createGate, type GateOptions, type GateVisit } from "./gate.ts";
import type { Replica } from "./replica.ts";

/** Runs one read and gives its result. */
export type Read = <T>(work: (db: Database) => Promise<T>) => Promise<T>;

/** The reads of one call. */
export interface CallReads {
  /** Reads from the primary: programs and versions, and whatever is about to be written. */
  readonly ofState: Read;
  /** Reads of applications, with everything committed before the call began; from the replica if there is one. */
  readonly ofApplications: Read;
}

/** The reads of all calls. */
export interface ApiReads {
  /** Begins the reads of one call. After `signal` is aborted, no further read begins. */
  begin(call: Pick<GateVisit, "apiKeyId" | "signal">): CallReads;
}

/** Reads of somebody who is not one of many: at once, and from this database. */
export function readsOf(db: Database): CallReads {
  return { ofState: (work) => work(db), ofApplications: (work) => work(db) };
}

/** Makes the reads of the API. */
export function createApiReads(options: { db: Database; replica?: Replica | undefined; gate: GateOptions }): ApiReads {
  const { db, replica } = options;
  const gate = createGate(options.gate);
  return {
    begin(call) {
      let isUnderWay = false;
      const inTurn = <T>(work: () => Promise<T>): Promise<T> =>
        gate.run(
          () => {
            isUnderWay = true;
            return work();
          },
          { ...call, isUnderWay },
        );
      const ofReplica = replica?.begin(db);
      return {
        ofState: (work) => inTurn(() => work(db)),
        ofApplications: (work) => inTurn(() => (ofReplica ? ofReplica(work) : work(db))),
      };
    },
  };
}
