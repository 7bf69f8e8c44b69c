/** How often API keys are called, and when they last were. */
import { sql } from "drizzle-orm";
import { check, date, inet, pgTable, primaryKey } from "drizzle-orm/pg-core";
import { count, instant, reference, referenceTo } from "./columns.ts";
import { apiKeys } from "./keys.ts";

/** How a key is used. Apart from `api_keys`, so that counting never touches the row that is checked. */
export const apiKeyUsage = pgTable(
  "api_key_usage",
  {
    apiKeyId: reference("api_key_id")
      .primaryKey()
      .references(() => apiKeys.id),
    callCount: count("call_count").notNull(),
    /** Null for a key from CiviForm that has not called here yet: CiviForm keeps no such time. */
    lastUsedAt: instant("last_used_at"),
    lastUsedAddress: inet("last_used_address"),
  },
  (t) => [check("api_key_usage_counts_up", sql`${t.callCount} >= 0`)],
);

/** How many bytes a key had stored on the newest day (UTC) that it stored anything. */
export const keyWrites = pgTable(
  "key_writes",
  {
    apiKeyId: reference("api_key_id")
      .primaryKey()
      .references(() => apiKeys.id),
    day: date("day", { mode: "string" }).notNull(),
    bytes: count("bytes").notNull(),
  },
  (t) => [check("key_writes_counts_up", sql`${t.bytes} >= 0`)],
);

/** Calls per key and day; the day is the instance zone's. */
export const apiKeyDailyCalls = pgTable(
  "api_key_daily_calls",
  {
    apiKeyId: referenceTo("api_key_id", () => apiKeys.id),
    day: date("day", { mode: "string" }).notNull(),
    callCount: count("call_count").notNull(),
  },
  (t) => [primaryKey({ name: "api_key_daily_calls_pkey", columns: [t.apiKeyId, t.day] })],
);
