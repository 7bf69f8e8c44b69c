/** The audit trail: who changed what, when, from where. Written in the transaction of the change. */
import { desc, eq } from "drizzle-orm";
import type { Database } from "../../../db/client.ts";
import { auditEvents } from "../../../db/schema.ts";

/** Who acts. */
export interface Actor {
  /** An admin's e-mail, or what else acted: `operator (CLI)`, `setup link`. */
  readonly name: string;
  /** Canonical address, or null where there is none. */
  readonly address: string | null;
}

/** What can be audited: noun, dot, what happened to it. */
export type AuditAction =
  | "admin.created"
  | "admin.password_set"
  | "admin.session_ended"
  | "admin.signed_out_everywhere"
  | "api_key.created"
  | "api_key.imported"
  | "api_key.narrowed"
  | "api_key.retired"
  | "api_key.rotated"
  | "program.imported"
  | "program.published"
  | "program.slug_changed"
  | "program.slug_kept"
  | "applications.imported"
  | "applications.synced";

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

/** Appends an event. Pass the transaction of the change, so that neither is there without the other. */
export async function recordAuditEvent(
  db: Database,
  event: {
    at: Date;
    actor: Actor;
    action: AuditAction;
    apiKeyId?: number;
    programId?: number;
    details: Readonly<Record<string, unknown>>;
  },
): Promise<void> {
  await db.insert(auditEvents).values({
    at: event.at,
    actor: event.actor.name,
    address: event.actor.address,
    action: event.action,
    apiKeyId: event.apiKeyId ?? null,
    programId: event.programId ?? null,
    details: event.details,
  });
}

/** The events of one key, newest first. */
export function listAuditEventsOfKey(
  db: Database,
  input: { apiKeyId: number; limit: number },
): Promise<AuditEvent[]> {
  return selectEvents(db)
    .where(eq(auditEvents.apiKeyId, input.apiKeyId))
    .orderBy(desc(auditEvents.id))
    .limit(input.limit);
}

/** The events of one program, newest first. */
export function listAuditEventsOfProgram(
  db: Database,
  input: { programId: number; limit: number },
): Promise<AuditEvent[]> {
  return selectEvents(db)
    .where(eq(auditEvents.programId, input.programId))
    .orderBy(desc(auditEvents.id))
    .limit(input.limit);
}

function selectEvents(db: Database) {
  return db
    .select({
      id: auditEvents.id,
      at: auditEvents.at,
      actor: auditEvents.actor,
      action: auditEvents.action,
      address: auditEvents.address,
      details: auditEvents.details,
    })
    .from(auditEvents)
    .$dynamic();
}
