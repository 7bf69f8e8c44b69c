/** How many keys there are, and how long until the next one expires: what a list of them says, and what is watched. */
import { sql } from "drizzle-orm";
import type { Database } from "../../../db/client.ts";
import { apiKeys } from "../../../db/schema.ts";

/** The keys of an instance in four numbers. */
export interface KeyOverview {
  readonly byState: {
    readonly active: number;
    readonly expired: number;
    readonly retired: number;
  };
  /** Until the first active key expires; undefined when none is active. */
  readonly secondsToSoonestExpiration: number | undefined;
}

/** Counts all keys in one query that indexes answer. */
export async function readKeyOverview(db: Database, { now }: { now: Date }): Promise<KeyOverview> {
  const at = sql`${now.toISOString()}::timestamptz`;
  const isLive = sql`${apiKeys.retiredAt} is null`;
  const [row] = await db.execute<{
    active: number;
    expired: number;
    retired: number;
    seconds: number | null;
  }>(sql`
    select active, expired, seconds,
      (select count(*)::int from ${apiKeys} where not ${isLive}) as retired
    from (
      select
        count(*) filter (where ${apiKeys.expiration} > ${at})::int as active,
        count(*) filter (where ${apiKeys.expiration} <= ${at})::int as expired,
        extract(epoch from min(${apiKeys.expiration}) filter (where ${apiKeys.expiration} > ${at})
          - ${at})::float8 as seconds
      from ${apiKeys} where ${isLive}
    ) as live`);
  if (row === undefined) throw new Error("a query without a row");
  const { active, expired, retired, seconds } = row;
  return {
    byState: { active, expired, retired },
    secondsToSoonestExpiration: seconds ?? undefined,
  };
}
