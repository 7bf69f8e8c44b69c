/** The list of API keys: filtered, sorted, page by page. */
import { and, eq, gt, isNotNull, isNull, lte, ne, or, type SQL, sql } from "drizzle-orm";
import type { Database } from "../../../db/client.ts";
import { contains } from "../../../db/contains.ts";
import { createListing } from "../../../db/keyset.ts";
import { apiKeys, apiKeyUsage, grants, programs } from "../../../db/schema.ts";
import type { Listing, SortPlace } from "../../../lib/keyset.ts";
import { isCovered, type KeyReader } from "../people/roles.ts";
import { type ApiKey, type ApiKeyState, isUsageOf, isVisibleKey, selectApiKeys } from "./find.ts";
import { type ApiKeyOrder, newestFirst, orderOf } from "./order.ts";

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

/** A key in a list, with what its place in the order is made of. */
interface ListedApiKey extends ApiKey {
  readonly placeValue: string;
}

/** The list of the keys that `actor` may see and a filter lets through, newest first unless another order is given. */
export function apiKeyListing(
  db: Database,
  { actor, filter, order = newestFirst }: { actor: KeyReader; filter: ApiKeyFilter; order?: ApiKeyOrder },
): Listing<ListedApiKey, SortPlace> {
  return createListing(db, {
    order: orderOf(order),
    conditions: apiKeyConditions(actor, filter),
    async select(query) {
      const found = await selectApiKeys(db, { ...query, order, actor, now: filter.now });
      return found.map(({ apiKey, placeValue }) => ({ ...apiKey, placeValue }));
    },
    ids: () => db.select({ id: apiKeys.id }).from(apiKeys).leftJoin(apiKeyUsage, isUsageOf(actor)),
    placeOf: ({ id, placeValue }) => ({ id, value: placeValue }),
  });
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
