/** Daily calls of keys, for the charts. Days are in the instance's zone. */
import type { Database } from "../../../db/client.ts";
import { runPrepared } from "../../../db/run-sql.ts";
import { addDays } from "../../../lib/time/times.ts";
import type { ApiKey } from "../keys/find.ts";

/** A day and its number of calls. */
export interface DailyCalls {
  /** `YYYY-MM-DD`. */
  readonly day: string;
  readonly callCount: number;
}

/** How many days are shown, today included, where nothing else is asked for. */
export const historyDays = 30;

/** The first of the days that are shown up to `today`, where nothing else is asked for. */
export function firstHistoryDay(today: string): string {
  return addDays(today, 1 - historyDays);
}

/** The last days up to `today` (`YYYY-MM-DD`), the oldest first. */
export function listHistoryDays(today: string, count: number = historyDays): string[] {
  return Array.from({ length: count }, (_, index) => addDays(today, index - count + 1));
}

/**
 * The calls of some keys on each of the last days up to `today`, the oldest first, days without a call
 * included. Every key has an entry; without calls when they are not to be seen. One query, however many keys.
 */
export async function listDailyCalls(
  db: Database,
  input: { apiKeys: readonly Pick<ApiKey, "id" | "callCount">[]; today: string; dayCount?: number },
): Promise<Map<number, DailyCalls[]>> {
  const { apiKeys, today, dayCount } = input;
  const counted = apiKeys.filter(({ callCount }) => callCount !== null);
  const days = listHistoryDays(today, dayCount);
  // A row for every day of every key would cost a list as much as all else that is on it.
  const rows = await runPrepared<{ api_key_id: string; days: number[]; calls: number[] }>(
    db,
    `select api_key_id, json_agg(day - $2::date) as days, json_agg(call_count) as calls
     from api_key_daily_calls
     where api_key_id = any($1::bigint[]) and day between $2::date and $3::date
     group by api_key_id`,
    [counted.map(({ id }) => String(id)), days[0] ?? today, today],
  );
  const callsByKey = new Map(rows.map((row) => [Number(row.api_key_id), row]));
  return new Map(
    apiKeys.map(({ id }) => {
      const { days: calledOn = [], calls = [] } = callsByKey.get(id) ?? {};
      const counts = new Map(calledOn.map((day, index) => [day, calls[index] ?? 0]));
      return [id, days.map((day, index) => ({ day, callCount: counts.get(index) ?? 0 }))];
    }),
  );
}
