/** The list of API keys: filtered, sorted, page by page. */
import { and, count, eq, gt, isNotNull, isNull, lte, ne, or, type SQL, sql } from "drizzle-orm";
import type { Database } from "../../../db/client.ts";
import { contains } from "../../../db/contains.ts";
import { apiKeys, apiKeyUsage, grants, programs } from "../../../db/schema.ts";
import { isCovered, type KeyReader } from "../people/roles.ts";
import { type ApiKey, type ApiKeyState, isUsageOf, isVisibleKey, selectApiKeys } from "./find.ts";
import { type ApiKeyOrder, type ApiKeyPlace, isAfter, newestFirst, reversed } from "./order.ts";

/** Which keys to list. */
export interface ApiKeyFilter {
  readonly state?: ApiKeyState;
  /** Part of a key's name, key id, program, contact, subnet or last address; any case. */
  readonly search?: string;
  /** Only keys that expire at this time or before. */
  readonly expiresBefore?: Date;
  /** Only keys whose secret is hashed under another salt than this one. */
  readonly saltIdNot?: string;
  readonly now: Date;
}

/** One page of a list of keys. */
export interface ApiKeyPage {
  readonly apiKeys: readonly ApiKey[];
  /** How many keys come before this page. */
  readonly skipped: number;
  /** The places of the page's first and last key: where the pages around it end and begin. */
  readonly first: ApiKeyPlace | undefined;
  readonly last: ApiKeyPlace | undefined;
  /** Whether keys come after this page. */
  readonly hasMore: boolean;
}

/**
 * Lists the keys that `actor` may see, newest first unless another order is given: those after a place, those before
 * one, or the first.
 */
export async function listApiKeys(
  db: Database,
  input: {
    actor: KeyReader;
    filter: ApiKeyFilter;
    order?: ApiKeyOrder;
    after?: ApiKeyPlace | undefined;
    before?: ApiKeyPlace | undefined;
    limit: number;
  },
): Promise<ApiKeyPage> {
  const { actor, filter, order = newestFirst, after, before, limit } = input;
  const direction = before === undefined ? order : reversed(order);
  const start = before ?? after;
  const found = await selectApiKeys(db, {
    where: and(apiKeyConditions(actor, filter), start && isAfter(direction, start)),
    order: direction,
    limit: limit + 1,
    actor,
    now: filter.now,
  });
  const shown = found.slice(0, limit);
  if (before !== undefined) shown.reverse();
  const first = shown[0]?.place;
  return {
    apiKeys: shown.map(({ apiKey }) => apiKey),
    skipped:
      start && first
        ? await countMatching(db, actor, apiKeyConditions(actor, filter), isAfter(reversed(order), first))
        : 0,
    first,
    last: shown.at(-1)?.place,
    hasMore: before !== undefined || found.length > limit,
  };
}

/** Counts the keys that `actor` may see and a filter lets through. */
export function countFilteredApiKeys(
  db: Database,
  { actor, filter }: { actor: KeyReader; filter: ApiKeyFilter },
): Promise<number> {
  return countMatching(db, actor, apiKeyConditions(actor, filter));
}

async function countMatching(db: Database, actor: KeyReader, ...conditions: (SQL | undefined)[]): Promise<number> {
  const [row] = await db
    .select({ keys: count() })
    .from(apiKeys)
    .leftJoin(apiKeyUsage, isUsageOf(actor))
    .where(and(...conditions));
  return row?.keys ?? 0;
}

/** The states of keys as conditions on `api_keys`. */
export const stateConditions = {
  active: (now: Date) => and(isNull(apiKeys.retiredAt), gt(apiKeys.expiration, now)),
  expired: (now: Date) => and(isNull(apiKeys.retiredAt), lte(apiKeys.expiration, now)),
  retired: () => isNotNull(apiKeys.retiredAt),
} satisfies Record<ApiKeyState, (now: Date) => SQL | undefined>;

/** A filter as a condition on the `api_keys` that `actor` may see; undefined when it lets every key through. */
export function apiKeyConditions(actor: KeyReader, filter: ApiKeyFilter): SQL | undefined {
  return and(
    isVisibleKey(actor),
    filter.state && stateConditions[filter.state](filter.now),
    filter.expiresBefore && lte(apiKeys.expiration, filter.expiresBefore),
    filter.saltIdNot === undefined ? undefined : ne(apiKeys.saltId, filter.saltIdNot),
    filter.search ? matches(actor, filter.search) : undefined,
  );
}

function matches(actor: KeyReader, search: string): SQL | undefined {
  const names = and(
    eq(grants.apiKeyId, apiKeys.id),
    isCovered(actor, grants.programId),
    or(contains(programs.name, search), contains(programs.slug, search)),
  );
  const hasProgram = sql`exists (select 1 from ${grants} join ${programs} on ${programs.id} = ${grants.programId}
    where ${names})`;
  const wasUsedFrom = sql`exists (select 1 from ${apiKeyUsage}
    where ${apiKeyUsage.apiKeyId} = ${apiKeys.id}
      and ${contains(sql`host(${apiKeyUsage.lastUsedAddress})`, search)})`;
  return or(
    contains(apiKeys.name, search),
    contains(apiKeys.keyId, search),
    contains(apiKeys.contactEmail, search),
    contains(sql`array_to_string(${apiKeys.subnets}::text[], ' ')`, search),
    hasProgram,
    // Where a key was used last may be hidden from a program admin.
    actor.programs === undefined ? wasUsedFrom : undefined,
  );
}
