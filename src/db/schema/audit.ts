/** The audit trail. */
import { index, inet, jsonb, pgTable, text } from "drizzle-orm/pg-core";
import { identity, instant, reference } from "./columns.ts";
import { apiKeys } from "./keys.ts";
import { programs } from "./programs.ts";

/** Who changed what, when, from where. Append-only: a trigger refuses update, delete and truncate, until whoever owns the table disables it. */
export const auditEvents = pgTable(
  "audit_events",
  {
    id: identity("id"),
    at: instant("at").notNull(),
    actor: text("actor").notNull(),
    action: text("action").notNull(),
    apiKeyId: reference("api_key_id").references(() => apiKeys.id),
    programId: reference("program_id").references(() => programs.id),
    address: inet("address"),
    details: jsonb("details").notNull(),
  },
  (t) => [
    index("audit_events_api_key_id").on(t.apiKeyId, t.id),
    index("audit_events_program_id").on(t.programId, t.id),
  ],
);
