/** API keys as admins see them: find, list, count. Making and changing them is in the files beside this one. */
import {
  and,
  asc,
  count,
  desc,
  eq,
  gt,
  inArray,
  isNotNull,
  isNull,
  lt,
  lte,
  ne,
  or,
  type SQL,
  sql,
} from "drizzle-orm";
import { alias } from "drizzle-orm/pg-core";
import type { Database } from "../../../db/client.ts";
import { apiKeys, apiKeyUsage, grants, programs } from "../../../db/schema.ts";
import { DomainError } from "../../../lib/errors.ts";
import type { Permission } from "../grants.ts";
import { readKeyOverview } from "./overview.ts";

/** A key is in exactly one state (spec 1): retired wins over expired. */
export type ApiKeyState = "active" | "retired" | "expired";

/** A grant with the names that people know the program by. */
export interface NamedGrant {
  readonly programName: string;
  readonly slug: string;
  readonly permission: Permission;
}

/** Another key that stands in a relation to one. */
export interface LinkedApiKey {
  readonly id: number;
  readonly keyId: string;
}

/** One API key, without anything that could be used to call with it. */
export interface ApiKey {
  readonly id: number;
  readonly keyId: string;
  readonly name: string;
  readonly state: ApiKeyState;
  readonly expiration: Date;
  /** Canonical CIDR texts. */
  readonly subnets: readonly string[];
  readonly contactEmail: string | null;
  readonly note: string | null;
  readonly createdAt: Date;
  readonly createdBy: string;
  readonly retiredAt: Date | null;
  readonly retiredBy: string | null;
  readonly callCount: number;
  readonly lastUsedAt: Date | null;
  readonly lastUsedAddress: string | null;
  /** By program name, then permission. */
  readonly grants: readonly NamedGrant[];
  /** The key that this one was made to replace. */
  readonly predecessor: LinkedApiKey | null;
  /** The key that was made to replace this one. */
  readonly successor: LinkedApiKey | null;
}

/** Which keys to list. */
export interface ApiKeyFilter {
  readonly state?: ApiKeyState;
  /** Part of what a caller may know of a key: name, key id, program, contact, subnet, last address; any case. */
  readonly search?: string;
  /** Only keys that run out at this time or before. */
  readonly expiresBefore?: Date;
  /** Only keys whose secret is hashed under another salt than this one. */
  readonly saltIdNot?: string;
  readonly now: Date;
}

/** The state of a key at a time. Expired once its expiration has come, to the millisecond. */
export function stateOf(
  key: { readonly retiredAt: Date | null; readonly expiration: Date },
  now: Date,
): ApiKeyState {
  if (key.retiredAt !== null) return "retired";
  return now < key.expiration ? "active" : "expired";
}

/** Lists keys, newest first; `before` is the id of the last key of the page before. */
export async function listApiKeys(
  db: Database,
  input: { filter: ApiKeyFilter; before?: number; limit: number },
): Promise<{ apiKeys: ApiKey[]; hasMore: boolean }> {
  const { filter, before, limit } = input;
  const found = await findKeys(db, {
    where: and(conditionsOf(filter), before === undefined ? undefined : lt(apiKeys.id, before)),
    limit: limit + 1,
    now: filter.now,
  });
  return { apiKeys: found.slice(0, limit), hasMore: found.length > limit };
}

/** How many keys a search finds in each state; an empty one finds all. */
export async function countApiKeys(
  db: Database,
  filter: { search: string; now: Date },
): Promise<Readonly<Record<ApiKeyState, number>>> {
  // Without a search, indexes answer.
  if (filter.search === "") return (await readKeyOverview(db, filter)).byState;
  const inState = (state: ApiKeyState) =>
    count(sql`case when ${conditionsOf({ state, now: filter.now })} then 1 end`);
  const [row] = await db
    .select({
      active: inState("active"),
      expired: inState("expired"),
      retired: inState("retired"),
    })
    .from(apiKeys)
    .where(conditionsOf(filter));
  return row ?? { active: 0, expired: 0, retired: 0 };
}

/** One key by its number or its key id; undefined when there is none. */
export async function findApiKey(
  db: Database,
  input: ({ id: number } | { keyId: string }) & { now: Date },
): Promise<ApiKey | undefined> {
  const where = "id" in input ? eq(apiKeys.id, input.id) : eq(apiKeys.keyId, input.keyId);
  const [key] = await findKeys(db, { where, limit: 1, now: input.now });
  return key;
}

/** The same. Throws `not_found`. */
export async function getApiKey(
  db: Database,
  input: ({ id: number } | { keyId: string }) & { now: Date },
): Promise<ApiKey> {
  const key = await findApiKey(db, input);
  if (!key) throw new DomainError("not_found", "There is no such API key.");
  return key;
}

const predecessors = alias(apiKeys, "predecessors");
const successors = alias(apiKeys, "successors");

async function findKeys(
  db: Database,
  query: { where: SQL | undefined; limit: number; now: Date },
): Promise<ApiKey[]> {
  const rows = await db
    .select({
      key: apiKeys,
      usage: apiKeyUsage,
      predecessor: { id: predecessors.id, keyId: predecessors.keyId },
      successor: { id: successors.id, keyId: successors.keyId },
    })
    .from(apiKeys)
    .leftJoin(apiKeyUsage, eq(apiKeyUsage.apiKeyId, apiKeys.id))
    .leftJoin(predecessors, eq(predecessors.id, apiKeys.predecessorId))
    .leftJoin(successors, eq(successors.predecessorId, apiKeys.id))
    .where(query.where)
    .orderBy(desc(apiKeys.id))
    .limit(query.limit);
  const grantsByKey = await findGrantsOf(
    db,
    rows.map(({ key }) => key.id),
  );
  return rows.map(({ key, usage, predecessor, successor }) => ({
    id: key.id,
    keyId: key.keyId,
    name: key.name,
    state: stateOf(key, query.now),
    expiration: key.expiration,
    subnets: key.subnets,
    contactEmail: key.contactEmail,
    note: key.note,
    createdAt: key.createdAt,
    createdBy: key.createdBy,
    retiredAt: key.retiredAt,
    retiredBy: key.retiredBy,
    callCount: usage?.callCount ?? 0,
    lastUsedAt: usage?.lastUsedAt ?? null,
    lastUsedAddress: usage?.lastUsedAddress ?? null,
    grants: grantsByKey.get(key.id) ?? [],
    predecessor,
    successor,
  }));
}

async function findGrantsOf(db: Database, ids: number[]): Promise<Map<number, NamedGrant[]>> {
  if (ids.length === 0) return new Map();
  const rows = await db
    .select({
      apiKeyId: grants.apiKeyId,
      programName: programs.name,
      slug: programs.slug,
      permission: grants.permission,
    })
    .from(grants)
    .innerJoin(programs, eq(programs.id, grants.programId))
    .where(inArray(grants.apiKeyId, ids))
    .orderBy(sql`lower(${programs.name})`, asc(grants.permission));
  const named = rows.map(({ apiKeyId, ...grant }) => ({ apiKeyId, grant }));
  return new Map(
    [...Map.groupBy(named, ({ apiKeyId }) => apiKeyId)].map(([id, held]) => [
      id,
      held.map(({ grant }) => grant),
    ]),
  );
}

const stateConditions = {
  active: (now: Date) => and(isNull(apiKeys.retiredAt), gt(apiKeys.expiration, now)),
  expired: (now: Date) => and(isNull(apiKeys.retiredAt), lte(apiKeys.expiration, now)),
  retired: () => isNotNull(apiKeys.retiredAt),
} satisfies Record<ApiKeyState, (now: Date) => SQL | undefined>;

function conditionsOf(filter: ApiKeyFilter): SQL | undefined {
  return and(
    filter.state && stateConditions[filter.state](filter.now),
    filter.expiresBefore && lte(apiKeys.expiration, filter.expiresBefore),
    filter.saltIdNot === undefined ? undefined : ne(apiKeys.saltId, filter.saltIdNot),
    filter.search ? matches(filter.search) : undefined,
  );
}

function matches(search: string): SQL | undefined {
  const pattern = `%${search.replace(/[\\%_]/g, "\\$&")}%`;
  const hasProgram = sql`exists (select 1 from ${grants} join ${programs} on ${programs.id} = ${grants.programId}
    where ${grants.apiKeyId} = ${apiKeys.id}
      and (${programs.name} ilike ${pattern} or ${programs.slug} ilike ${pattern}))`;
  const wasUsedFrom = sql`exists (select 1 from ${apiKeyUsage}
    where ${apiKeyUsage.apiKeyId} = ${apiKeys.id} and host(${apiKeyUsage.lastUsedAddress}) ilike ${pattern})`;
  return or(
    sql`${apiKeys.name} ilike ${pattern}`,
    sql`${apiKeys.keyId} ilike ${pattern}`,
    sql`${apiKeys.contactEmail} ilike ${pattern}`,
    sql`array_to_string(${apiKeys.subnets}::text[], ' ') ilike ${pattern}`,
    hasProgram,
    wasUsedFrom,
  );
}
