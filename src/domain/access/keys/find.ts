/** One API key as people see it, and how it is found. */
import { and, asc, eq, inArray, type SQL, sql } from "drizzle-orm";
import { alias, type PgColumn } from "drizzle-orm/pg-core";
import type { Database } from "../../../db/client.ts";
import type { RowQuery } from "../../../db/keyset.ts";
import { apiKeys, apiKeyUsage, auditEvents, grants, programs } from "../../../db/schema.ts";
import { DomainError } from "../../../lib/errors.ts";
import type { Permission } from "../grants.ts";
import { covers, isCovered, type KeyReader } from "../people/roles.ts";
import type { GrantedQuestions } from "../questions.ts";
import { type ApiKeyOrder, newestFirst, placeValueIn } from "./order.ts";

/** A key is in exactly one state: retired wins over expired. */
export type ApiKeyState = "active" | "retired" | "expired";

/** A grant with the names that people know the program by. */
export interface NamedGrant {
  readonly programName: string;
  readonly slug: string;
  readonly permission: Permission;
  readonly questions: GrantedQuestions;
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
  /** Until when its holder may replace it, and its successors; null when only admins do. */
  readonly renewUntil: Date | null;
  /** Canonical CIDR texts. */
  readonly subnets: readonly string[];
  readonly contactEmail: string | null;
  /** For admins and auditors; null for program admins. */
  readonly note: string | null;
  readonly createdAt: Date;
  readonly createdBy: string;
  readonly retiredAt: Date | null;
  readonly retiredBy: string | null;
  /** Null, like the next two, for a program admin when the key has or had grants on other programs as well. */
  readonly callCount: number | null;
  readonly lastUsedAt: Date | null;
  readonly lastUsedAddress: string | null;
  /** By program name, then permission; for a program admin those on their programs. */
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

/** Finds one key; undefined when there is none, or `actor` may not see it. */
export async function findApiKey(
  db: Database,
  input: KeyRef & { actor: KeyReader; now: Date },
): Promise<ApiKey | undefined> {
  const [found] = await selectApiKeys(db, { ...input, where: isKey(input), orderBy: [], limit: 1 });
  return found?.apiKey;
}

/** Finds the key that a form made; undefined when it made none, or `actor` may not see it. */
export async function findApiKeyOfForm(
  db: Database,
  { formToken, actor, now }: { formToken: string; actor: KeyReader; now: Date },
): Promise<ApiKey | undefined> {
  const where = eq(apiKeys.formToken, formToken);
  const [found] = await selectApiKeys(db, { where, orderBy: [], limit: 1, actor, now });
  return found?.apiKey;
}

/** The condition on `api_keys` that one key meets. */
export function isKey(ref: KeyRef): SQL {
  return "id" in ref ? eq(apiKeys.id, ref.id) : eq(apiKeys.keyId, ref.keyId);
}

/** Gets one key. Throws `not_found`, also when `actor` may not see it. */
export async function getApiKey(db: Database, input: KeyRef & { actor: KeyReader; now: Date }): Promise<ApiKey> {
  const key = await findApiKey(db, input);
  if (!key) throw new DomainError("not_found", "API key not found.");
  return key;
}

const predecessors = alias(apiKeys, "predecessors");
const successors = alias(apiKeys, "successors");

/** The condition that `actor` may see a key; undefined when they may see all. Ask it of a column with a key's id. */
export function isVisibleKey(actor: KeyReader, id: PgColumn = apiKeys.id): SQL | undefined {
  const covered = isCovered(actor, grants.programId);
  return covered && sql`exists (select 1 from ${grants} where ${grants.apiKeyId} = ${id} and ${covered})`;
}

/**
 * The condition that `actor` may see how a key is used; undefined when they may see it of all. Calls are counted by key:
 * with a grant on another program, now or before it was taken away, some may be for that.
 */
function isUsageShown(actor: KeyReader): SQL | undefined {
  const covered = isCovered(actor, grants.programId);
  return (
    covered &&
    sql`not exists (select 1 from ${grants} where ${grants.apiKeyId} = ${apiKeys.id} and not ${covered})
      and not exists (select 1 from ${auditEvents} where ${auditEvents.apiKeyId} = ${apiKeys.id}
        and ${auditEvents.action} = 'api_key.narrowed' and ${auditEvents.details} -> 'after' -> 'grants' is not null)`
  );
}

/** The condition that usage is that of a key, and `actor` may see it. */
export function isUsageOf(actor: KeyReader): SQL | undefined {
  return and(eq(apiKeyUsage.apiKeyId, apiKeys.id), isUsageShown(actor));
}

/** Selects keys that `actor` may see, with everything that belongs to them, and the value of each in `order`. */
export async function selectApiKeys(
  db: Database,
  query: RowQuery & { order?: ApiKeyOrder; actor: KeyReader; now: Date },
): Promise<{ apiKey: ApiKey; placeValue: string }[]> {
  const { actor, orderBy, order = newestFirst } = query;
  // Found and sorted by themselves: all that belongs to the keys would make their rows large.
  const found = db
    .select({ id: apiKeys.id })
    .from(apiKeys)
    .leftJoin(apiKeyUsage, isUsageOf(actor))
    .where(and(query.where, isVisibleKey(actor)))
    .orderBy(...orderBy)
    .limit(query.limit);
  const rows = await db
    .select({
      key: apiKeys,
      usage: apiKeyUsage,
      isUsageShown: sql<boolean>`${isUsageShown(actor) ?? true}`,
      placeValue: placeValueIn(order),
      predecessor: { id: predecessors.id, keyId: predecessors.keyId },
      successor: { id: successors.id, keyId: successors.keyId },
    })
    .from(apiKeys)
    .leftJoin(apiKeyUsage, isUsageOf(actor))
    .leftJoin(predecessors, and(eq(predecessors.id, apiKeys.predecessorId), isVisibleKey(actor, predecessors.id)))
    .leftJoin(successors, and(eq(successors.predecessorId, apiKeys.id), isVisibleKey(actor, successors.id)))
    .where(inArray(apiKeys.id, found))
    .orderBy(...orderBy);
  const grantsByKey = await findGrantsOf(
    db,
    rows.map(({ key }) => key.id),
  );
  return rows.map(({ key, usage, isUsageShown: isShown, placeValue, predecessor, successor }) => {
    const held = grantsByKey.get(key.id) ?? [];
    const shown = held.filter(({ programId }) => covers(actor, programId));
    const apiKey = {
      id: key.id,
      keyId: key.keyId,
      name: key.name,
      state: stateOf(key, query.now),
      expiration: key.expiration,
      renewUntil: key.renewUntil,
      subnets: key.subnets,
      contactEmail: key.contactEmail,
      note: actor.programs === undefined ? key.note : null,
      createdAt: key.createdAt,
      createdBy: key.createdBy,
      retiredAt: key.retiredAt,
      retiredBy: key.retiredBy,
      callCount: isShown ? (usage?.callCount ?? 0) : null,
      lastUsedAt: usage?.lastUsedAt ?? null,
      lastUsedAddress: usage?.lastUsedAddress ?? null,
      grants: shown.map(({ apiKeyId: _, programId: __, ...grant }) => grant),
      predecessor,
      successor,
    };
    return { apiKey, placeValue };
  });
}

async function findGrantsOf(db: Database, ids: number[]) {
  const rows = await db
    .select({
      apiKeyId: grants.apiKeyId,
      programId: grants.programId,
      programName: programs.name,
      slug: programs.slug,
      permission: grants.permission,
      questions: { mode: grants.questionMode, keys: grants.questionKeys },
    })
    .from(grants)
    .innerJoin(programs, eq(programs.id, grants.programId))
    .where(inArray(grants.apiKeyId, ids))
    .orderBy(sql`lower(${programs.name})`, asc(grants.permission));
  return Map.groupBy(rows, ({ apiKeyId }) => apiKeyId);
}
