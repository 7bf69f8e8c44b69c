/** The audit trail as admins read it: filtered, newest first, page by page (spec 3, "Audit"). */
import { and, desc, eq, gte, lt, or, type SQL, sql } from "drizzle-orm";
import type { Database } from "../../../db/client.ts";
import { contains } from "../../../db/contains.ts";
import { apiKeys, auditEvents, programs } from "../../../db/schema.ts";
import type { AuditEvent } from "./record.ts";

/** One line of the trail, with what it is about as that is called now. */
export interface AuditLine extends AuditEvent {
  readonly apiKey: { readonly id: number; readonly name: string; readonly keyId: string } | null;
  readonly program: { readonly slug: string; readonly name: string } | null;
}

/** Which lines to list. */
export interface AuditFilter {
  /** Part of who acted; any case. */
  readonly actor?: string;
  /** Exactly this action. */
  readonly action?: string;
  /** A key id, or a part of a key's name as it is now or was then; any case. */
  readonly key?: string;
  /** Only what happened at this time or after. */
  readonly since?: Date;
  /** Only what happened before this time. */
  readonly until?: Date;
}

/** Lists the trail, newest first; `before` is the id of the last line of the page before. */
export async function listAuditEvents(
  db: Database,
  input: { filter: AuditFilter; before?: number; limit: number },
): Promise<{ events: AuditLine[]; hasMore: boolean }> {
  const { filter, before, limit } = input;
  const rows = await db
    .select({
      event: auditEvents,
      apiKey: { id: apiKeys.id, name: apiKeys.name, keyId: apiKeys.keyId },
      program: { slug: programs.slug, name: programs.name },
    })
    .from(auditEvents)
    .leftJoin(apiKeys, eq(apiKeys.id, auditEvents.apiKeyId))
    .leftJoin(programs, eq(programs.id, auditEvents.programId))
    .where(and(conditionsOf(filter), before === undefined ? undefined : lt(auditEvents.id, before)))
    .orderBy(desc(auditEvents.id))
    .limit(limit + 1);
  const events = rows.slice(0, limit).map(({ event, apiKey, program }) => ({
    id: event.id,
    at: event.at,
    actor: event.actor,
    action: event.action,
    address: event.address,
    details: event.details,
    apiKey,
    program,
  }));
  return { events, hasMore: rows.length > limit };
}

function conditionsOf(filter: AuditFilter): SQL | undefined {
  return and(
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
