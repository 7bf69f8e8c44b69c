/** The audit trail: who changed what, when, from where. Written in the transaction of the change. */
import type { Database } from "../../../db/client.ts";
import { auditEvents } from "../../../db/schema.ts";

/** Who acts. */
export interface Actor {
  /** A person's e-mail, or another actor: `operator (CLI)`, `setup link`, `unknown account <fingerprint>`. */
  readonly name: string;
  /** Canonical address, or null where there is none. */
  readonly address: string | null;
}

/** What can happen: a noun, a dot and a past participle. */
export type AuditAction =
  | "admin.authenticator_app_added"
  | "admin.authenticator_app_removed"
  | "admin.created"
  | "admin.disabled"
  | "admin.enabled"
  | "admin.invitation_accepted"
  | "admin.invited"
  | "admin.link_made"
  | "admin.passkey_added"
  | "admin.passkey_removed"
  | "admin.password_refused"
  | "admin.password_set"
  | "admin.recovery_code_used"
  | "admin.recovery_codes_created"
  | "admin.second_factor_refused"
  | "admin.second_factor_reset"
  | "admin.roles_set"
  | "admin.session_ended"
  | "admin.sessions_ended"
  | "admin.sign_in_failed"
  | "admin.sign_on_joined"
  | "admin.signed_in"
  | "admin.signed_out"
  | "admin.signed_out_everywhere"
  | "api_key.created"
  | "api_key.imported"
  | "api_key.narrowed"
  | "api_key.retired"
  | "api_key.rotated"
  | "api_key.suggestion_dismissed"
  | "program.imported"
  | "program.keeping_set"
  | "program.published"
  | "program.slug_changed"
  | "program.slug_kept"
  | "application.status_set"
  | "applications.downloaded"
  | "applications.erased"
  | "applications.imported"
  | "applications.synced"
  | "list.downloaded";

/** What happened, with its details, never secrets, and the key or program that it is about. */
export type AuditedEvent = [action: AuditAction, details?: object, about?: { apiKeyId?: number; programId?: number }];

/** Appends an event. Pass the transaction of the change, so that both are stored or neither. */
export async function recordAuditEvent(
  db: Database,
  { actor, now }: { readonly actor: Actor; readonly now: Date },
  ...[action, details = {}, about]: AuditedEvent
): Promise<void> {
  const { name, address } = actor;
  await db.insert(auditEvents).values({ at: now, actor: name, address, action, details, ...about });
}
