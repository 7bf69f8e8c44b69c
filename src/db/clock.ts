/** Compares the clock of this machine with PostgreSQL's. */
import type { Sql } from "postgres";

/** A larger difference, in seconds, is an error: times that this machine writes are wrong. */
const clockDifferenceMax = 60;

/** Makes what knows how far this machine's clock is off. `report` is called when the clock is found wrong, and when it is right again. */
export function createClockWatch(options: {
  client: Sql;
  now: () => Date;
  report: (outcome: { isRight: boolean; seconds: number }) => void;
}) {
  let wasRight = true;

  async function measureDifference(): Promise<number> {
    const sentMs = options.now().getTime();
    const [row] = await options.client<{ ms: number }[]>`
      select (extract(epoch from clock_timestamp()) * 1000)::float8 as ms`;
    const answeredMs = options.now().getTime();
    if (row === undefined) throw new Error("PostgreSQL did not say its time");
    const seconds = distance(row.ms, sentMs, answeredMs) / 1000;
    const isRight = Math.abs(seconds) <= clockDifferenceMax;
    if (isRight !== wasRight) options.report({ isRight, seconds: Math.round(seconds) });
    wasRight = isRight;
    return seconds;
  }

  return {
    /** Seconds by which this machine is ahead of PostgreSQL; negative when it is behind. Fails without a database. */
    measureDifference,
    /** Whether the difference is at most a minute. */
    isRight: async () => Math.abs(await measureDifference()) <= clockDifferenceMax,
  };
}

/** PostgreSQL read its clock at some time between the question and its answer: that wait is no difference. */
function distance(databaseMs: number, sentMs: number, answeredMs: number): number {
  if (databaseMs < sentMs) return sentMs - databaseMs;
  return Math.min(answeredMs - databaseMs, 0);
}
