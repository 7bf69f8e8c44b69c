/** The audit trail as people read it: filtered, newest first, page by page. */
import { and, eq, gte, lt, or, type SQL, sql } from "drizzle-orm";
import type { Database } from "../../../db/client.ts";
import { contains } from "../../../db/contains.ts";
import { createListing } from "../../../db/keyset.ts";
import { apiKeys, auditEvents, programs } from "../../../db/schema.ts";
import type { Listing } from "../../../lib/keyset.ts";
import type { Permitted } from "../people/roles.ts";

/** One line of the trail. */
export interface AuditEvent {
  readonly id: number;
  readonly at: Date;
  readonly actor: string;
  readonly action: string;
  readonly address: string | null;
  /** JSON; never a secret. */
  readonly details: unknown;
}

/** An event with the current names of its key and program. */
export interface AuditLine extends AuditEvent {
  readonly apiKey: { readonly id: number; readonly name: string; readonly keyId: string } | null;
  readonly program: { readonly slug: string; readonly name: string } | null;
}

/** Which lines to list. */
export interface AuditFilter {
  /** Only events of this key. */
  readonly apiKeyId?: number;
  /** Only events of this program. */
  readonly programId?: number;
  /** Part of the actor's name; any case. */
  readonly actor?: string;
  /** Exactly this action. */
  readonly action?: string;
  /** A key id, or part of a key's name, now or then; any case. */
  readonly key?: string;
  /** Only events at this time or later. */
  readonly since?: Date;
  /** Only events before this time. */
  readonly until?: Date;
}

/** The trail, newest first; a place is an event's id. */
export function auditListing(
  db: Database,
  { filter }: { actor: Permitted<"see the audit trail">; filter: AuditFilter },
): Listing<AuditLine, number> {
  return createListing(db, {
    order: { keys: [auditEvents.id], isDescending: true, valuesAt: (id) => [id] },
    conditions: conditionsOf(filter),
    async select({ where, orderBy, limit }) {
      const rows = await db
        .select({
          event: auditEvents,
          apiKey: { id: apiKeys.id, name: apiKeys.name, keyId: apiKeys.keyId },
          program: { slug: programs.slug, name: programs.name },
        })
        .from(auditEvents)
        .leftJoin(apiKeys, eq(apiKeys.id, auditEvents.apiKeyId))
        .leftJoin(programs, eq(programs.id, auditEvents.programId))
        .where(where)
        .orderBy(...orderBy)
        .limit(limit);
      return rows.map(({ event, apiKey, program }) => ({ ...event, apiKey, program }));
    },
    ids() {
      const found = db.select({ id: auditEvents.id }).from(auditEvents);
      return found.leftJoin(apiKeys, eq(apiKeys.id, auditEvents.apiKeyId));
    },
    placeOf: ({ id }) => id,
  });
}

function conditionsOf(filter: AuditFilter): SQL | undefined {
  return and(
    filter.apiKeyId === undefined ? undefined : eq(auditEvents.apiKeyId, filter.apiKeyId),
    filter.programId === undefined ? undefined : eq(auditEvents.programId, filter.programId),
    filter.actor ? contains(auditEvents.actor, filter.actor) : undefined,
    filter.action ? eq(auditEvents.action, filter.action) : undefined,
    filter.key ? isAboutKey(filter.key) : undefined,
    filter.since && gte(auditEvents.at, filter.since),
    filter.until && lt(auditEvents.at, filter.until),
  );
}

function isAboutKey(key: string): SQL | undefined {
  const nameThen = sql`${auditEvents.details} ->> 'name'`;
  return and(
    sql`${auditEvents.apiKeyId} is not null`,
    or(eq(apiKeys.keyId, key), contains(apiKeys.name, key), contains(nameThen, key)),
  );
}
