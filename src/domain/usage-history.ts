/** How keys were used day by day, for the charts (spec 3). Days are the instance zone's. */
import { and, asc, between, inArray } from "drizzle-orm";
import type { Database } from "../db/client.ts";
import { apiKeyDailyCalls } from "../db/schema.ts";
import { addDays } from "./times.ts";

/** A day and how many calls it had. */
export interface DailyCalls {
  /** `YYYY-MM-DD`. */
  readonly day: string;
  readonly callCount: number;
}

/** How many days the charts show, today included. */
const historyDays = 30;

/** The days of the charts up to `today` (`YYYY-MM-DD`), the oldest first. */
export function listHistoryDays(today: string): string[] {
  return Array.from({ length: historyDays }, (_, index) => addDays(today, index - historyDays + 1));
}

/**
 * The calls of some keys on each of the last days up to `today`, the oldest first, days without a call
 * included. Every key that was asked for has an entry. One query, however many keys.
 */
export async function listDailyCalls(
  db: Database,
  input: { apiKeyIds: readonly number[]; today: string },
): Promise<Map<number, DailyCalls[]>> {
  const { apiKeyIds, today } = input;
  const days = listHistoryDays(today);
  const rows =
    apiKeyIds.length === 0
      ? []
      : await db
          .select()
          .from(apiKeyDailyCalls)
          .where(
            and(
              inArray(apiKeyDailyCalls.apiKeyId, [...apiKeyIds]),
              between(apiKeyDailyCalls.day, days[0] ?? today, today),
            ),
          )
          .orderBy(asc(apiKeyDailyCalls.apiKeyId), asc(apiKeyDailyCalls.day));
  const counted = new Map(
    rows.map(({ apiKeyId, day, callCount }) => [`${apiKeyId} ${day}`, callCount]),
  );
  return new Map(
    apiKeyIds.map((id) => [
      id,
      days.map((day) => ({ day, callCount: counted.get(`${id} ${day}`) ?? 0 })),
    ]),
  );
}
