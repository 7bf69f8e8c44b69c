/** Who signs in to manage API keys, and what stands between a stranger and that. */
import { sql } from "drizzle-orm";
import { check, index, inet, pgTable, text, unique } from "drizzle-orm/pg-core";
import { identity, instant, reference } from "./columns.ts";

/** People who manage API keys. */
export const admins = pgTable(
  "admins",
  {
    id: identity("id"),
    email: text("email").notNull(),
    passwordHash: text("password_hash").notNull(),
    createdAt: instant("created_at").notNull(),
  },
  (t) => [
    unique("admins_email_unique").on(t.email),
    check("admins_email_is_lower_case", sql`${t.email} = lower(${t.email})`),
  ],
);

/** Signed-in browsers. Only a digest of the cookie's token is stored. */
export const sessions = pgTable(
  "sessions",
  {
    id: identity("id"),
    tokenDigest: text("token_digest").notNull(),
    adminId: reference("admin_id")
      .notNull()
      .references(() => admins.id, { onDelete: "cascade" }),
    createdAt: instant("created_at").notNull(),
    authenticatedAt: instant("authenticated_at").notNull(),
    lastSeenAt: instant("last_seen_at").notNull(),
    expiresAt: instant("expires_at").notNull(),
    address: inet("address"),
    userAgent: text("user_agent"),
  },
  (t) => [
    unique("sessions_token_digest_unique").on(t.tokenDigest),
    index("sessions_admin_id").on(t.adminId),
    check("sessions_end_after_start", sql`${t.expiresAt} > ${t.createdAt}`),
  ],
);

/** The one-time links that make the first admin; a digest of the token only. */
export const setupLinks = pgTable("setup_links", {
  tokenDigest: text("token_digest").primaryKey(),
  createdAt: instant("created_at").notNull(),
  expiresAt: instant("expires_at").notNull(),
});

/** Sign-ins that failed or are under way, counted by the throttle. `account` is a keyed fingerprint of the e-mail and the network. */
export const signInAttempts = pgTable(
  "sign_in_attempts",
  {
    id: identity("id"),
    account: text("account").notNull(),
    network: text("network").notNull(),
    at: instant("at").notNull(),
  },
  (t) => [
    index("sign_in_attempts_account_at").on(t.account, t.at),
    index("sign_in_attempts_network_at").on(t.network, t.at),
  ],
);
