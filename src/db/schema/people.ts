/** The people who sign in, what each may see, and how each proves who they are. */
import { sql } from "drizzle-orm";
import { bigint, check, index, inet, jsonb, pgTable, text, unique } from "drizzle-orm/pg-core";
import { identity, instant, reference } from "./columns.ts";
import { programs } from "./programs.ts";

/** The people who sign in. Nobody is deleted: the audit trail names them. */
export const admins = pgTable(
  "admins",
  {
    id: identity("id"),
    email: text("email").notNull(),
    /** Null for who has not set a password: invited people, and those who only use sign-on. */
    passwordHash: text("password_hash"),
    createdAt: instant("created_at").notNull(),
    disabledAt: instant("disabled_at"),
    lastSignedInAt: instant("last_signed_in_at"),
  },
  (t) => [
    unique("admins_email_unique").on(t.email),
    check("admins_email_is_lower_case", sql`${t.email} = lower(${t.email})`),
  ],
);

/** What a person may see and do, by role; for a program admin, one row a program. */
export const adminRoles = pgTable(
  "admin_roles",
  {
    id: identity("id"),
    adminId: personReference(),
    role: text("role", { enum: ["admin", "program_admin", "auditor"] }).notNull(),
    programId: reference("program_id").references(() => programs.id),
    /** Roles of a sign-on's groups are set anew at every sign-on; the others stay until a person takes them. */
    givenBy: text("given_by", { enum: ["group", "person"] }).notNull(),
  },
  (t) => [
    unique("admin_roles_once").on(t.adminId, t.role, t.programId, t.givenBy).nullsNotDistinct(),
    index("admin_roles_program_id").on(t.programId),
    check("admin_roles_role_known", sql`${t.role} in ('admin', 'program_admin', 'auditor')`),
    check("admin_roles_given_by_known", sql`${t.givenBy} in ('group', 'person')`),
    check("admin_roles_program_of_program_admins", sql`(${t.role} = 'program_admin') = (${t.programId} is not null)`),
  ],
);

/** Who a person is at an OpenID Connect provider: the issuer and subject, which last where an e-mail address changes. */
export const adminIdentities = pgTable(
  "admin_identities",
  {
    id: identity("id"),
    adminId: personReference(),
    issuer: text("issuer").notNull(),
    subject: text("subject").notNull(),
    createdAt: instant("created_at").notNull(),
  },
  (t) => [
    unique("admin_identities_issuer_subject_unique").on(t.issuer, t.subject),
    unique("admin_identities_one_subject_an_issuer").on(t.adminId, t.issuer),
  ],
);

/** Passkeys: the public half of a WebAuthn credential. */
export const passkeys = pgTable(
  "passkeys",
  {
    id: identity("id"),
    adminId: personReference(),
    /** As the browser names it, in base64url. */
    credentialId: text("credential_id").notNull(),
    /** COSE, in base64url. */
    publicKey: text("public_key").notNull(),
    /** The authenticator's count of signatures; 0 where it does not count. */
    signatures: bigint("signatures", { mode: "number" }).notNull(),
    transports: text("transports").array().notNull(),
    name: text("name").notNull(),
    createdAt: instant("created_at").notNull(),
    lastUsedAt: instant("last_used_at"),
  },
  (t) => [unique("passkeys_credential_id_unique").on(t.credentialId), index("passkeys_admin_id").on(t.adminId)],
);

/** Authenticator apps: the secret that makes the codes, encrypted. A row is made with a first right code. */
export const authenticatorApps = pgTable(
  "authenticator_apps",
  {
    id: identity("id"),
    adminId: personReference(),
    secret: text("secret").notNull(),
    /** The newest time step whose code was used: a code counts once. */
    lastStep: bigint("last_step", { mode: "number" }).notNull(),
    createdAt: instant("created_at").notNull(),
  },
  (t) => [unique("authenticator_apps_one_a_person").on(t.adminId)],
);

/** Recovery codes by digest, each good once. */
export const recoveryCodes = pgTable(
  "recovery_codes",
  {
    id: identity("id"),
    adminId: personReference(),
    digest: text("digest").notNull(),
    usedAt: instant("used_at"),
  },
  (t) => [unique("recovery_codes_digest_unique").on(t.adminId, t.digest)],
);

/** One-time links: an invitation to set a password, or a sign-in for when nothing else works. A digest of the token only. */
export const oneTimeLinks = pgTable(
  "one_time_links",
  {
    tokenDigest: text("token_digest").primaryKey(),
    adminId: personReference(),
    purpose: text("purpose", { enum: ["invitation", "sign_in"] }).notNull(),
    createdAt: instant("created_at").notNull(),
    expiresAt: instant("expires_at").notNull(),
  },
  (t) => [
    index("one_time_links_admin_id").on(t.adminId),
    check("one_time_links_purpose_known", sql`${t.purpose} in ('invitation', 'sign_in')`),
  ],
);

/**
 * What the server must remember between a question to a browser and its answer: a sign-on under way, a passkey's
 * challenge. Bound to the browser by a cookie, of which this has a digest; taken once.
 */
export const challenges = pgTable(
  "challenges",
  {
    tokenDigest: text("token_digest").primaryKey(),
    purpose: text("purpose", { enum: ["sign_on", "passkey", "second_factor", "kept_form"] }).notNull(),
    adminId: reference("admin_id").references(() => admins.id, { onDelete: "cascade" }),
    details: jsonb("details").notNull(),
    createdAt: instant("created_at").notNull(),
    expiresAt: instant("expires_at").notNull(),
  },
  (t) => [
    index("challenges_expires_at").on(t.expiresAt),
    check("challenges_purpose_known", sql`${t.purpose} in ('sign_on', 'passkey', 'second_factor', 'kept_form')`),
  ],
);

/** Signed-in browsers. Only a digest of the cookie's token is stored. */
export const sessions = pgTable(
  "sessions",
  {
    id: identity("id"),
    tokenDigest: text("token_digest").notNull(),
    adminId: personReference(),
    createdAt: instant("created_at").notNull(),
    authenticatedAt: instant("authenticated_at").notNull(),
    /** How the person signed in. */
    method: text("method", { enum: ["password", "passkey", "sign_on", "link"] })
      .notNull()
      .default("password"),
    /** When a second factor was shown; null where none was needed. Sign-on and passkeys are two factors by themselves. */
    secondFactorAt: instant("second_factor_at"),
    lastSeenAt: instant("last_seen_at").notNull(),
    expiresAt: instant("expires_at").notNull(),
    address: inet("address"),
    userAgent: text("user_agent"),
  },
  (t) => [
    unique("sessions_token_digest_unique").on(t.tokenDigest),
    index("sessions_admin_id").on(t.adminId),
    check("sessions_method_known", sql`${t.method} in ('password', 'passkey', 'sign_on', 'link')`),
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

/** The person a row belongs to. */
function personReference() {
  return reference("admin_id")
    .notNull()
    .references(() => admins.id, { onDelete: "cascade" });
}
