/** One API key as admins see it, and how it is found. */
import { asc, desc, eq, inArray, type SQL, sql } from "drizzle-orm";
import { alias } from "drizzle-orm/pg-core";
import type { Database } from "../../../db/client.ts";
import { apiKeys, apiKeyUsage, grants, programs } from "../../../db/schema.ts";
import { DomainError } from "../../../lib/errors.ts";
import type { Permission } from "../grants.ts";

/** A key is in exactly one state: retired wins over expired. */
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

/** A key, by its number or by its key id. */
export type KeyRef = { readonly id: number } | { readonly keyId: string };

/** The state of a key at a time. Expired once its expiration has come, to the millisecond. */
export function stateOf(key: { readonly retiredAt: Date | null; readonly expiration: Date }, now: Date): ApiKeyState {
  if (key.retiredAt !== null) return "retired";
  return now < key.expiration ? "active" : "expired";
}

/** Finds one key; undefined when there is none. */
export async function findApiKey(db: Database, input: KeyRef & { now: Date }): Promise<ApiKey | undefined> {
  const [key] = await selectApiKeys(db, { where: isKey(input), limit: 1, now: input.now });
  return key;
}

/** The condition on `api_keys` that one key meets. */
export function isKey(ref: KeyRef): SQL {
  return "id" in ref ? eq(apiKeys.id, ref.id) : eq(apiKeys.keyId, ref.keyId);
}

/** Gets one key. Throws `not_found`. */
export async function getApiKey(db: Database, input: KeyRef & { now: Date }): Promise<ApiKey> {
  const key = await findApiKey(db, input);
  if (!key) throw new DomainError("not_found", "API key not found.");
  return key;
}

const predecessors = alias(apiKeys, "predecessors");
const successors = alias(apiKeys, "successors");

/** Selects keys with everything that belongs to them, newest first. */
export async function selectApiKeys(
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
    [...Map.groupBy(named, ({ apiKeyId }) => apiKeyId)].map(([id, held]) => [id, held.map(({ grant }) => grant)]),
  );
}
