/** Deletes what is too old, and erases applications that their programs keep no longer, at intervals. */
import { deleteOldRows } from "../db/cleanup.ts";
import type { Database } from "../db/client.ts";
import { driverOf } from "../db/run-sql.ts";
import { permitAll } from "../domain/access/people/roles.ts";
import { eraseExpired } from "../domain/applications/erasure/expired.ts";
import { type Schedule, scheduleRuns } from "./schedule.ts";

const everyMs = 3_600_000;

/** The server itself, in the audit log and in the record of erasure. */
const actor = permitAll("server");

/**
 * Does it now and every hour: applications grow old when a day begins in the zone, so the first run of a day erases them.
 * A server whose clock is wrong deletes nothing.
 */
export function scheduleCleanup(options: {
  db: Database;
  zone: string;
  now: () => Date;
  /** Whether this machine's clock agrees with PostgreSQL's. */
  isClockRight: () => Promise<boolean>;
  reportErased: (erased: { slug: string; count: number }) => void;
  reportFailure: (error: unknown) => void;
}): Schedule {
  const { db, zone, now, isClockRight, reportErased: report, reportFailure } = options;
  return scheduleRuns(everyMs, async (stopping) => {
    try {
      if (!(await isClockRight())) return;
      await deleteOldRows(driverOf(db), { zone, stopping });
      await eraseExpired(db, { zone, actor, now, stopping, report, reportFailure });
    } catch (error) {
      reportFailure(error);
    }
  });
}
