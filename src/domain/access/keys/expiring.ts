/** Keys that run out soon: how many there are, for the banner on every page (spec 3, "Running out"). */
import { and, count, gt, isNull, lte } from "drizzle-orm";
import type { Database } from "../../../db/client.ts";
import { apiKeys } from "../../../db/schema.ts";

const dayMs = 86_400_000;

/** Keys that run out within this many days are pointed out. */
const runningOutDays = 30;

/** Counts the active keys that run out within those days. An index has exactly these rows. */
export async function countApiKeysRunningOut(db: Database, input: { now: Date }): Promise<number> {
  const soon = new Date(input.now.getTime() + runningOutDays * dayMs);
  const [row] = await db
    .select({ keys: count() })
    .from(apiKeys)
    .where(
      and(
        isNull(apiKeys.retiredAt),
        gt(apiKeys.expiration, input.now),
        lte(apiKeys.expiration, soon),
      ),
    );
  return row?.keys ?? 0;
}
