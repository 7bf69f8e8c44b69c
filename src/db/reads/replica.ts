/**
 * A streaming replica that takes reads off the primary. It is used only once it has everything that the
 * primary had committed when the call began, so callers cannot tell which one answered: no page misses a
 * row, and what was just stored is found. If the replica fails, the primary answers, within a bounded time.
 */
import type { Sql } from "postgres";
import { DomainError, isDatabaseUnavailable } from "../../lib/errors.ts";
import { withinMs } from "../../lib/limits/deadline.ts";
import type { Connection, Database } from "../client.ts";

/** Why the replica is not used for a while. */
type ReplicaProblem = "away" | "behind" | "not_its_replica";

/** The replica. */
export interface Replica {
  /** Begins the reads of one call; `primary` answers if the replica does not. */
  begin(primary: Database): <T>(work: (db: Database) => Promise<T>) => Promise<T>;
}

/** Which database this is, and how far its log has been written. */
interface Place {
  readonly identity: string;
  /** Null on a server in recovery. */
  readonly position: string | null;
}

/** Times in milliseconds. Together they leave the primary half of the five seconds that a call may take. */
const checkWithinMs = 500;
const readWithinMs = 2_000;
/** A replica in the same network is a few milliseconds behind. */
const catchUpPolls = 8;
const catchUpPollMs = 15;
/** How long a replica with a problem is not used. */
const restMs = { away: 2_000, behind: 1_000, not_its_replica: 30_000 } as const;
const quietMs = 60_000;

const identity = `(select system_identifier::text from pg_control_system()) || '/' || current_database()`;
const placeSql = `select ${identity} as identity,
  case when not pg_is_in_recovery() then pg_current_wal_insert_lsn() end::text as position`;
const replayedSql = `select ${identity} as identity,
  case when pg_is_in_recovery() then pg_last_wal_replay_lsn() >= $1::pg_lsn end as has_replayed`;

/** Makes the replica of a primary. `report` is called on every change: with a problem and its error, or undefined. */
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
    // A busy replica falls behind often: that is reported now and then, its end not at all.
    const isOften = [found, problem].includes("behind") && nowMs < quietUntilMs;
    if (found !== problem && !isOften) report(found, error);
    if (found === "behind" && !isOften) quietUntilMs = nowMs + quietMs;
    problem = found;
    if (found === undefined) return;
    restsUntilMs = performance.now() + restMs[found];
    if (found === "away") replica.renew({ graceSeconds: 10 });
  }

  /** Where the primary is now; undefined when the replica should not be used. */
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

  /** Whether the replica has reached the place. If not, notices why. */
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
        // Checked each time: a restarted replica may be further behind.
        isGivenUp ||= place?.position == null || !(await hasReached(place));
        if (isGivenUp) return work(primaryDb);
        try {
          return await withinMs(work(replica.db), readWithinMs);
        } catch (error) {
          // The primary would give the same answer.
          if (error instanceof DomainError) throw error;
          isGivenUp = true;
          notice("away", error);
          return work(primaryDb);
        }
      };
    },
  };
}

/** Compares a replica with its primary's place; waits a moment if it is almost there. */
async function findProblem(client: Sql, place: Place): Promise<ReplicaProblem | undefined> {
  for (let poll = 0; poll < catchUpPolls; poll += 1) {
    const [row] = await client.unsafe<{ identity: string; has_replayed: boolean | null }[]>(replayedSql, [
      place.position,
    ]);
    if (row?.identity !== place.identity || row.has_replayed === null) return "not_its_replica";
    if (row.has_replayed) return undefined;
    await Bun.sleep(catchUpPollMs);
  }
  return "behind";
}
