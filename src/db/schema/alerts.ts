/** Alerts that an API key expires, or was replaced or retired by its holder. */
import { sql } from "drizzle-orm";
import { check, integer, pgTable, text, unique } from "drizzle-orm/pg-core";
import { identity, instant, referenceTo } from "./columns.ts";
import { apiKeys } from "./keys.ts";

/**
 * Alerts about keys that were sent or are being sent, one row each. The server that writes the
 * row, or moves its `retry_at`, sends it.
 */
export const milestoneAlerts = pgTable(
  "milestone_alerts",
  {
    id: identity("id"),
    apiKeyId: referenceTo("api_key_id", () => apiKeys.id),
    milestone: text("milestone", { enum: ["30_days", "7_days", "1_day", "expired", "rotated", "retired"] }).notNull(),
    recipient: text("recipient", { enum: ["contact", "support", "webhook"] }).notNull(),
    attemptCount: integer("attempt_count").notNull(),
    /** When somebody may try again, should it not be sent by then: the sender failed, or died. */
    retryAt: instant("retry_at").notNull(),
    sentAt: instant("sent_at"),
  },
  (t) => [
    unique("milestone_alerts_said_once").on(t.apiKeyId, t.milestone, t.recipient),
    check(
      "milestone_alerts_milestone_known",
      sql`${t.milestone} in ('30_days', '7_days', '1_day', 'expired', 'rotated', 'retired')`,
    ),
    check("milestone_alerts_recipient_known", sql`${t.recipient} in ('contact', 'support', 'webhook')`),
    check("milestone_alerts_count_up", sql`${t.attemptCount} >= 1`),
  ],
);
