/** How often API keys are called, and when they last were. */
import { sql } from "drizzle-orm";
import { check, date, index, inet, pgTable, primaryKey, text } from "drizzle-orm/pg-core";
import { count, instant, reference, referenceTo } from "./columns.ts";
import { apiKeys } from "./keys.ts";
import { programs } from "./programs.ts";

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

/** Calls to a program that a grant allowed, per key, permission and day. */
export const apiKeyProgramCalls = pgTable(
  "api_key_program_calls",
  {
    apiKeyId: referenceTo("api_key_id", () => apiKeys.id),
    programId: referenceTo("program_id", () => programs.id),
    permission: text("permission", { enum: ["READ", "WRITE"] }).notNull(),
    day: date("day", { mode: "string" }).notNull(),
    callCount: count("call_count").notNull(),
  },
  (t) => [
    primaryKey({ name: "api_key_program_calls_pkey", columns: [t.apiKeyId, t.programId, t.permission, t.day] }),
    index("api_key_program_calls_day").on(t.day),
    check("api_key_program_calls_permission_known", sql`${t.permission} in ('READ', 'WRITE')`),
  ],
);

/** Calls per key, client address and day. `0.0.0.0/0` stands for all addresses that are not counted by themselves. */
export const apiKeyAddressCalls = pgTable(
  "api_key_address_calls",
  {
    apiKeyId: referenceTo("api_key_id", () => apiKeys.id),
    day: date("day", { mode: "string" }).notNull(),
    address: inet("address").notNull(),
    callCount: count("call_count").notNull(),
    firstAt: instant("first_at").notNull(),
    lastAt: instant("last_at").notNull(),
  },
  (t) => [
    primaryKey({ name: "api_key_address_calls_pkey", columns: [t.apiKeyId, t.day, t.address] }),
    index("api_key_address_calls_day").on(t.day),
  ],
);

/** Suggestions about a key that somebody dismissed, and when by PostgreSQL's clock: they come back after 90 days. */
export const dismissedSuggestions = pgTable(
  "dismissed_suggestions",
  {
    apiKeyId: referenceTo("api_key_id", () => apiKeys.id),
    suggestion: text("suggestion", {
      enum: ["retire", "take_grants_away", "shrink_subnets", "replace", "look_into"],
    }).notNull(),
    dismissedAt: instant("dismissed_at").notNull().defaultNow(),
  },
  (t) => [
    primaryKey({ name: "dismissed_suggestions_pkey", columns: [t.apiKeyId, t.suggestion] }),
    check(
      "dismissed_suggestions_known",
      sql`${t.suggestion} in ('retire', 'take_grants_away', 'shrink_subnets', 'replace', 'look_into')`,
    ),
  ],
);
