/** Deletes what is too old, at intervals. */
import type { Sql } from "postgres";
import { deleteOldRows } from "../db/cleanup.ts";
import { type Schedule, scheduleRuns } from "./schedule.ts";

const everyMs = 3_600_000;

/** Deletes old rows now and every hour. A server whose clock is wrong deletes nothing. */
export function scheduleCleanup(options: {
  client: Sql;
  zone: string;
  /** Whether this machine's clock agrees with PostgreSQL's. */
  isClockRight: () => Promise<boolean>;
  reportFailure: (error: unknown) => void;
}): Schedule {
  const { client, zone, isClockRight, reportFailure } = options;
  return scheduleRuns(everyMs, async (stopping) => {
    try {
      if (await isClockRight()) await deleteOldRows(client, { zone, stopping });
    } catch (error) {
      reportFailure(error);
    }
  });
}
