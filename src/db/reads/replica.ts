/**
 * A streaming replica that takes reads off the primary. It is asked only once it has everything that
 * the primary had committed when the call began, so nobody can tell which of the two has answered: a
 * walk through pages misses nothing, and what was just stored is found. Whatever goes wrong there, the
 * primary answers in its place, within a bounded time.
 */
import type { Sql } from "postgres";
import { DomainError, isDatabaseUnavailable } from "../../lib/errors.ts";
import { withinMs } from "../../lib/limits/deadline.ts";
import type { Connection, Database } from "../client.ts";

/** Why the replica is not asked for a while: it does not answer, or it does not keep up. */
export type ReplicaProblem = "away" | "behind" | "not_its_replica";

/** The replica. */
export interface Replica {
  /** Begins the reads of one call; `primary` answers what the replica does not. */
  begin(primary: Database): <T>(work: (db: Database) => Promise<T>) => Promise<T>;
}

/** Which database this is, and how far its log is written. */
interface Place {
  readonly identity: string;
  /** Null on a server that only replays. */
  readonly position: string | null;
}

/** Times in milliseconds. Together they leave the primary half of the five seconds that a call may take. */
const checkWithinMs = 500;
const readWithinMs = 2_000;
/** A replica in the same network is a few milliseconds behind. */
const catchUpPolls = 8;
const catchUpPollMs = 15;
/** How long a replica with a problem is left alone. */
const restMs = { away: 2_000, behind: 1_000, not_its_replica: 30_000 } as const;
const quietMs = 60_000;

const identity = `(select system_identifier::text from pg_control_system()) || '/' || current_database()`;
const placeSql = `select ${identity} as identity,
  case when not pg_is_in_recovery() then pg_current_wal_insert_lsn() end::text as position`;
const replayedSql = `select ${identity} as identity,
  case when pg_is_in_recovery() then pg_last_wal_replay_lsn() >= $1::pg_lsn end as has_replayed`;

/** Makes the replica of a primary. `report` hears of every change: a problem, with its error, or none any more. */
export function createReplica(options: {
  primary: Sql;
  replica: Connection;
  report: (problem: ReplicaProblem | undefined, error?: unknown) => void;
}): Replica {
  const { primary, replica, report } = options;
  let problem: ReplicaProblem | undefined;
  let restsUntilMs = 0;
  let quietUntilMs = 0;

  function notice(found: ReplicaProblem | undefined, error?: unknown): void {
    const nowMs = performance.now();
    // A busy replica falls behind again and again: that is told now and then, and its end not at all.
    const isOften = [found, problem].includes("behind") && nowMs < quietUntilMs;
    if (found !== problem && !isOften) report(found, error);
    if (found === "behind" && !isOften) quietUntilMs = nowMs + quietMs;
    problem = found;
    if (found === undefined) return;
    restsUntilMs = performance.now() + restMs[found];
    if (found === "away") replica.renew({ graceSeconds: 10 });
  }

  /** Where the primary is now; undefined when the replica is not to be asked. */
  async function readPlace(): Promise<Place | undefined> {
    if (performance.now() < restsUntilMs) return undefined;
    try {
      return (await primary.unsafe<Place[]>(placeSql))[0];
    } catch (error) {
      if (isDatabaseUnavailable(error)) throw error;
      notice("not_its_replica", error);
      return undefined;
    }
  }

  /** Whether the replica has all that the primary had then; if not, why is noticed. */
  async function hasReached(place: Place): Promise<boolean> {
    try {
      const found = await withinMs(findProblem(replica.client, place), checkWithinMs);
      notice(found);
      return found === undefined;
    } catch (error) {
      notice("away", error);
      return false;
    }
  }

  return {
    begin(primaryDb) {
      let begun: Promise<Place | undefined> | undefined;
      let isGivenUp = false;
      return async (work) => {
        begun ??= readPlace();
        const place = await begun;
        // Each time: a replica that was restarted may have less than it had.
        isGivenUp ||= place?.position == null || !(await hasReached(place));
        if (isGivenUp) return work(primaryDb);
        try {
          return await withinMs(work(replica.db), readWithinMs);
        } catch (error) {
          // What the domain says of the data is true of both.
          if (error instanceof DomainError) throw error;
          isGivenUp = true;
          notice("away", error);
          return work(primaryDb);
        }
      };
    },
  };
}

/** Compares a replica with where its primary was; waits a moment for one that is nearly there. */
async function findProblem(client: Sql, place: Place): Promise<ReplicaProblem | undefined> {
  for (let poll = 0; poll < catchUpPolls; poll += 1) {
    const [row] = await client.unsafe<{ identity: string; has_replayed: boolean | null }[]>(
      replayedSql,
      [place.position],
    );
    if (row?.identity !== place.identity || row.has_replayed === null) return "not_its_replica";
    if (row.has_replayed) return undefined;
    await Bun.sleep(catchUpPollMs);
  }
  return "behind";
}
