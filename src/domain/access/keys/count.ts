/** How many keys there are: by state, found by a search, and about to expire. */
import { and, count, lte, sql } from "drizzle-orm";
import type { Database } from "../../../db/client.ts";
import { apiKeys } from "../../../db/schema.ts";
import type { KeyReader } from "../people/roles.ts";
import { type ApiKeyState, isVisibleKey } from "./find.ts";
import { apiKeyConditions, stateConditions } from "./list.ts";

const dayMs = 86_400_000;

/** A key that expires within this many days is pointed out. */
const expiringDays = 30;

/** The number of keys in each state. */
type ApiKeyCounts = Readonly<Record<ApiKeyState, number>>;

/** The keys of an instance in four numbers. */
export interface KeyOverview {
  readonly byState: ApiKeyCounts;
  /** Until the first active key expires; undefined when none is active. */
  readonly secondsToSoonestExpiration: number | undefined;
}

/** Counts the active keys that `actor` may see and that expire within 30 days. An index has exactly these rows. */
export function countExpiringApiKeys(db: Database, { actor, now }: { actor: KeyReader; now: Date }): Promise<number> {
  const isSoon = lte(apiKeys.expiration, new Date(now.getTime() + expiringDays * dayMs));
  return db.$count(apiKeys, and(stateConditions.active(now), isSoon, isVisibleKey(actor)));
}

/** Counts the keys that `actor` may see and a search finds, in each state; an empty search finds all. */
export async function countApiKeys(
  db: Database,
  { actor, ...filter }: { actor: KeyReader; search: string; now: Date },
): Promise<ApiKeyCounts> {
  // Without a search, indexes answer.
  if (filter.search === "" && actor.programs === undefined) return (await readKeyOverview(db, filter)).byState;
  const inState = (state: ApiKeyState) => count(sql`case when ${stateConditions[state](filter.now)} then 1 end`);
  const [row] = await db
    .select({ active: inState("active"), expired: inState("expired"), retired: inState("retired") })
    .from(apiKeys)
    .where(apiKeyConditions(actor, filter));
  return row ?? { active: 0, expired: 0, retired: 0 };
}

/** Counts all keys in one query that indexes answer. */
export async function readKeyOverview(db: Database, { now }: { now: Date }): Promise<KeyOverview> {
  const at = sql`${now.toISOString()}::timestamptz`;
  const isLive = sql`${apiKeys.retiredAt} is null`;
  const [row] = await db.execute<ApiKeyCounts & { seconds: number | null }>(sql`
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
  const { active = 0, expired = 0, retired = 0, seconds } = row ?? {};
  return { byState: { active, expired, retired }, secondsToSoonestExpiration: seconds ?? undefined };
}
