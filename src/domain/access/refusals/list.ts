/** Refused calls as people see them: why, which key, from where, how often. `../authentication.ts` refuses them. */
import { and, desc, eq, gte, inArray, isNotNull, isNull, lt, max, or, type SQL, sql, sum } from "drizzle-orm";
import type { Database } from "../../../db/client.ts";
import { contains } from "../../../db/contains.ts";
import { createListing } from "../../../db/keyset.ts";
import { apiKeyDailyRefusals, apiKeys, programs, refusals } from "../../../db/schema.ts";
import type { Listing } from "../../../lib/keyset.ts";
import { parseAddress, parseSubnet } from "../../../lib/net/subnets.ts";
import { startOfDay } from "../../../lib/time/times.ts";
import type { RefusalReason } from "../authentication.ts";
import { isVisibleKey } from "../keys/find.ts";
import { isCovered, type KeyReader } from "../people/roles.ts";

/** The key that was refused. */
export interface RefusedKey {
  readonly id: number;
  readonly keyId: string;
  readonly name: string;
  readonly expiration: Date;
  readonly subnets: readonly string[];
  readonly retiredAt: Date | null;
  readonly retiredBy: string | null;
}

/** Identical refused calls of one minute. */
export interface Refusal {
  readonly id: number;
  readonly reason: RefusalReason;
  readonly callCount: number;
  /** Of the latest of them. */
  readonly lastAt: Date;
  readonly lastRequestId: string;
  /** Null when it is unknown, or when the row stands for several. */
  readonly address: string | null;
  /** The pattern of the route, its slug filled in where a program has it; null when the row stands for several. */
  readonly route: string | null;
  /** The key whose key id was given; null when there is none. */
  readonly key: RefusedKey | null;
  /** Identifies an unknown key id or malformed credential: the same text has the same fingerprint. */
  readonly fingerprint: string | null;
}

/** Which refusals to list. */
interface RefusalFilter {
  readonly apiKeyId?: number;
  readonly reason?: RefusalReason;
  /** An address, a subnet, a request id, a fingerprint, a key id, or a part of a key's name. */
  readonly search?: string;
  /** Only those from a time on, and before another. */
  readonly since?: Date;
  readonly until?: Date;
}

/** Refused calls with the same key, or the same credential that matches none, for the same reason. */
export interface RefusalGroup extends Pick<Refusal, "reason" | "callCount" | "lastAt" | "fingerprint"> {
  readonly key: Pick<RefusedKey, "id" | "name"> | null;
  /** The first ones of them. */
  readonly addresses: readonly string[];
  readonly addressCount: number;
  /** What was called: patterns of routes, the first ones of them. */
  readonly routes: readonly string[];
  readonly routeCount: number;
}

const refusedKey = {
  id: apiKeys.id,
  keyId: apiKeys.keyId,
  name: apiKeys.name,
  expiration: apiKeys.expiration,
  subnets: apiKeys.subnets,
  retiredAt: apiKeys.retiredAt,
  retiredBy: apiKeys.retiredBy,
};

/** The refusals that `actor` may see, newest first; a place is a refusal's id. */
export function refusalListing(
  db: Database,
  { actor, filter }: { actor: KeyReader; filter: RefusalFilter },
): Listing<Refusal, number> {
  return createListing(db, {
    order: { keys: [refusals.id], isDescending: true, valuesAt: (id) => [id] },
    conditions: conditionsOf(actor, filter),
    async select({ where, orderBy, limit }) {
      const rows = await db
        .select({ refusal: refusals, key: refusedKey, slug: programs.slug })
        .from(refusals)
        .leftJoin(apiKeys, eq(apiKeys.id, refusals.apiKeyId))
        .leftJoin(programs, eq(programs.id, refusals.programId))
        .where(where)
        .orderBy(...orderBy)
        .limit(limit);
      return rows.map(({ refusal, key, slug }) => ({
        id: refusal.id,
        reason: refusal.reason as RefusalReason,
        callCount: refusal.callCount,
        lastAt: refusal.lastAt,
        lastRequestId: refusal.lastRequestId,
        address: refusal.address,
        fingerprint: refusal.fingerprint,
        route: slug === null ? refusal.route : (refusal.route?.replace(":programSlug", slug) ?? null),
        key,
      }));
    },
    ids() {
      const found = db.select({ id: refusals.id }).from(refusals);
      return found.leftJoin(apiKeys, eq(apiKeys.id, refusals.apiKeyId));
    },
    placeOf: ({ id }) => id,
  });
}

function conditionsOf(actor: KeyReader, filter: RefusalFilter): SQL | undefined {
  return and(
    filter.apiKeyId === undefined ? undefined : eq(refusals.apiKeyId, filter.apiKeyId),
    filter.reason && eq(refusals.reason, filter.reason),
    filter.search ? matches(filter.search) : undefined,
    filter.since && gte(refusals.minute, filter.since),
    filter.until && lt(refusals.minute, filter.until),
    isVisible(actor),
  );
}

const groupsMax = 12;
const namedMax = 3;

/** Groups the refusals that `actor` may see by key and reason: the keys with the most calls first, and no more than 12. */
export async function listRefusalGroups(
  db: Database,
  { actor, filter }: { actor: KeyReader; filter: RefusalFilter },
): Promise<RefusalGroup[]> {
  const { apiKeyId, fingerprint, reason, callCount } = refusals;
  const calls = sum(callCount);
  const ofAllReasons = sql`sum(${calls}) over (partition by ${apiKeyId}, ${fingerprint})`;
  const route = sql`replace(${refusals.route}, ':programSlug', coalesce(${programs.slug}, ':programSlug'))`;
  const rows = await db
    .select({
      ...{ id: apiKeyId, name: apiKeys.name, fingerprint, reason },
      calls,
      lastAt: max(refusals.lastAt),
      addresses: sql<string[]>`array_remove(array_agg(distinct host(${refusals.address})), null)`,
      routes: sql<string[]>`array_remove(array_agg(distinct ${route}), null)`,
    })
    .from(refusals)
    .leftJoin(apiKeys, eq(apiKeys.id, refusals.apiKeyId))
    .leftJoin(programs, eq(programs.id, refusals.programId))
    .where(conditionsOf(actor, filter))
    .groupBy(apiKeyId, apiKeys.name, fingerprint, reason)
    .orderBy(desc(ofAllReasons), apiKeyId, fingerprint, desc(calls))
    .limit(groupsMax);
  return rows.map(({ id, name, addresses, routes, ...row }) => ({
    reason: row.reason as RefusalReason,
    callCount: Number(row.calls),
    lastAt: row.lastAt ?? new Date(0),
    fingerprint: row.fingerprint,
    key: id === null || name === null ? null : { id, name },
    addresses: addresses.slice(0, namedMax),
    addressCount: addresses.length,
    routes: routes.slice(0, namedMax),
    routeCount: routes.length,
  }));
}

/**
 * A program admin sees the refused calls of their keys to their programs, and to nothing in particular. Those of a
 * minute with too many different ones are counted together, other programs' among them.
 */
function isVisible(actor: KeyReader): SQL | undefined {
  const covered = isCovered(actor, refusals.programId);
  const isElsewhere = and(isNull(refusals.programId), isNotNull(refusals.route));
  return covered && and(isVisibleKey(actor, refusals.apiKeyId), or(covered, isElsewhere));
}

function matches(search: string): SQL | undefined {
  const subnet = parseSubnet(search);
  if (subnet) return sql`${refusals.address} <<= ${subnet.text}::cidr`;
  const address = parseAddress(search);
  if (address) return eq(refusals.address, address.text);
  return or(
    eq(refusals.lastRequestId, search),
    eq(refusals.fingerprint, search),
    eq(apiKeys.keyId, search),
    contains(apiKeys.name, search),
  );
}

/** Counts the refused calls of some keys that `actor` may see, since a time, by key; keys without any are left out. */
export async function countRefusals(
  db: Database,
  { actor, apiKeys, since }: { actor: KeyReader; apiKeys: readonly { readonly id: number }[]; since: Date },
): Promise<Map<number, number>> {
  // Rows are stored nearly in the order of their minutes: an id of the hour before skips what is much older.
  const hourBefore = new Date(since.getTime() - 3_600_000);
  const oldest = db
    .select({ id: refusals.id })
    .from(refusals)
    .where(gte(refusals.minute, hourBefore))
    .orderBy(refusals.minute)
    .limit(1);
  const ids = apiKeys.map(({ id }) => id);
  const isRecent = and(gte(refusals.lastAt, since), sql`${refusals.id} >= coalesce((${oldest}), 0)`);
  const rows = await db
    .select({ id: refusals.apiKeyId, calls: sum(refusals.callCount) })
    .from(refusals)
    .where(and(inArray(refusals.apiKeyId, ids), isRecent, isVisible(actor)))
    .groupBy(refusals.apiKeyId);
  return new Map(rows.map(({ id, calls }) => [Number(id), Number(calls)]));
}

/** Refused calls of one key on one day, by reason. */
export interface DailyRefusals {
  /** `YYYY-MM-DD` in the instance's zone. */
  readonly day: string;
  readonly reason: RefusalReason;
  readonly callCount: number;
}

/** What `actor` may see refused of one key since a day, newest day first, the commonest reason first. */
export async function listDailyRefusals(
  db: Database,
  { actor, apiKeyId, since, zone }: { actor: KeyReader; apiKeyId: number; since: string; zone: string },
): Promise<DailyRefusals[]> {
  const { day, reason, callCount } = apiKeyDailyRefusals;
  const rows = await (actor.programs === undefined
    ? db
        .select({ day, reason, callCount })
        .from(apiKeyDailyRefusals)
        .where(and(eq(apiKeyDailyRefusals.apiKeyId, apiKeyId), gte(day, since)))
        .orderBy(desc(day), desc(callCount))
    : // The days are not kept by program.
      countDailyRefusals(db, { actor, filter: { apiKeyId, since: startOfDay(since, zone) ?? new Date(0) }, zone }));
  return rows.map((row) => ({ ...row, reason: row.reason as RefusalReason }));
}

/** The same, counted from the refusals themselves, which are kept for 90 days. */
export async function countDailyRefusals(
  db: Database,
  { actor, filter, zone }: { actor: KeyReader; filter: RefusalFilter; zone: string },
): Promise<DailyRefusals[]> {
  const day = sql<string>`to_char(${refusals.minute} at time zone ${zone}, 'YYYY-MM-DD')`.as("day");
  const calls = sql<number>`sum(${refusals.callCount})::int`.as("calls");
  const rows = await db
    .select({ day, reason: refusals.reason, callCount: calls })
    .from(refusals)
    .leftJoin(apiKeys, eq(apiKeys.id, refusals.apiKeyId))
    .where(conditionsOf(actor, filter))
    .groupBy(sql`day`, refusals.reason)
    .orderBy(sql`day desc`, sql`calls desc`);
  return rows.map((row) => ({ ...row, reason: row.reason as RefusalReason }));
}
