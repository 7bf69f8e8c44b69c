/** Calls that were refused, one by one for a while and by day for good. */
import { sql } from "drizzle-orm";
import { check, date, index, inet, pgTable, primaryKey, text, uniqueIndex } from "drizzle-orm/pg-core";
import { count, identity, instant, reference, referenceTo } from "./columns.ts";
import { apiKeys } from "./keys.ts";
import { programs } from "./programs.ts";

/**
 * Refused calls, counted by minute and by all that tells them apart. Nothing that a
 * caller wrote is here: an unknown key id is a keyed fingerprint, a path is the pattern of its route,
 * and a slug is there only as the program that has it.
 */
export const refusals = pgTable(
  "refusals",
  {
    id: identity("id"),
    minute: instant("minute").notNull(),
    reason: text("reason").notNull(),
    /** Null when no key has the key id, or none was given. */
    apiKeyId: reference("api_key_id").references(() => apiKeys.id),
    /** Null when it could not be told, or in a row that stands for several. */
    address: inet("address"),
    /** Null in a row that stands for several: a minute with too many different refusals. */
    route: text("route"),
    programId: reference("program_id").references(() => programs.id),
    fingerprint: text("fingerprint"),
    callCount: count("call_count").notNull(),
    lastAt: instant("last_at").notNull(),
    lastRequestId: text("last_request_id").notNull(),
    /** By PostgreSQL's clock, which says how long it is kept: the server's, which wrote the others, may be wrong. */
    recordedAt: instant("recorded_at").notNull().defaultNow(),
  },
  (t) => [
    uniqueIndex("refusals_one_row_a_minute").on(
      t.minute,
      t.reason,
      sql`coalesce(${t.apiKeyId}, 0)`,
      sql`coalesce(host(${t.address}), '')`,
      sql`coalesce(${t.route}, '')`,
      sql`coalesce(${t.programId}, 0)`,
      sql`coalesce(${t.fingerprint}, '')`,
    ),
    index("refusals_api_key_id").on(t.apiKeyId, t.id),
    index("refusals_reason").on(t.reason, t.id),
    index("refusals_fingerprint").on(t.fingerprint, t.id).where(sql`${t.fingerprint} is not null`),
    check("refusals_count_up", sql`${t.callCount} >= 1`),
  ],
);

/** Refused calls per key, day and reason, kept when the refusals themselves are long gone. */
export const apiKeyDailyRefusals = pgTable(
  "api_key_daily_refusals",
  {
    apiKeyId: referenceTo("api_key_id", () => apiKeys.id),
    day: date("day", { mode: "string" }).notNull(),
    reason: text("reason").notNull(),
    callCount: count("call_count").notNull(),
  },
  (t) => [primaryKey({ name: "api_key_daily_refusals_pkey", columns: [t.apiKeyId, t.day, t.reason] })],
);
