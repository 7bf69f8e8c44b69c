/** What one call of the API reads from the database: when it is its turn, and from the server that may answer. */
import type { Database } from "../client.ts";
import { createGate, type GateOptions, type GateVisit } from "./gate.ts";
import type { Replica } from "./replica.ts";

/** Runs one read, and gives what it gives. */
export type Read = <T>(work: (db: Database) => Promise<T>) => Promise<T>;

/** The reads of one call. */
export interface CallReads {
  /** What only the primary knows: programs and versions as they are now, what is being written. */
  readonly ofState: Read;
  /** Applications, with everything that was committed when the call began; from the replica if there is one. */
  readonly ofApplications: Read;
}

/** The reads of all calls. */
export interface ApiReads {
  /** Begins those of one call. Once `signal` is aborted, nothing more is begun. */
  begin(call: Pick<GateVisit, "apiKeyId" | "signal">): CallReads;
}

/** Puts the reads of the API together. */
export function createApiReads(options: {
  db: Database;
  replica?: Replica | undefined;
  gate: GateOptions;
}): ApiReads {
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
