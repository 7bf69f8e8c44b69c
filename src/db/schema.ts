/**
 * Every table of CiviKey. Constraints carry the rules that must hold whoever writes: a key without
 * expiration, subnet or grant cannot be stored. What Drizzle cannot say (the deferred grant check,
 * the append-only audit trail, immutable versions) is in the hand-written part of the migrations.
 */
import { sql } from "drizzle-orm";
import {
  bigint,
  boolean,
  check,
  cidr,
  date,
  foreignKey,
  index,
  inet,
  integer,
  jsonb,
  pgSequence,
  pgTable,
  primaryKey,
  text,
  timestamp,
  unique,
  uniqueIndex,
  uuid,
} from "drizzle-orm/pg-core";

const identity = (name: string) =>
  bigint(name, { mode: "number" }).primaryKey().generatedAlwaysAsIdentity();
const reference = (name: string) => bigint(name, { mode: "number" });
const instant = (name: string) => timestamp(name, { withTimezone: true, mode: "date" });
/** A time that the API serves: microseconds are kept, so it never becomes a `Date`. */
const exactInstant = (name: string) => timestamp(name, { withTimezone: true, mode: "string" });

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

/** Signed-in browsers. Only a digest of the cookie's token is stored (spec 3). */
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

/** Sign-ins that failed or are under way, counted by the throttle. `account` is a keyed fingerprint. */
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

/** CiviForm programs, known by their slug. */
export const programs = pgTable(
  "programs",
  {
    id: identity("id"),
    slug: text("slug").notNull(),
    adminName: text("admin_name").notNull(),
    name: text("name").notNull(),
    programType: text("program_type").notNull(),
    createdAt: instant("created_at").notNull(),
  },
  (t) => [
    unique("programs_slug_unique").on(t.slug),
    unique("programs_admin_name_unique").on(t.adminName),
    check("programs_slug_form", sql`${t.slug} ~ '^[a-z0-9-]+$'`),
    check("programs_name_not_blank", sql`btrim(${t.name}) <> ''`),
  ],
);

/** One definition of a program. Once published it never changes; only its stage does. */
export const programVersions = pgTable(
  "program_versions",
  {
    id: bigint("id", { mode: "number" }).primaryKey(),
    programId: reference("program_id")
      .notNull()
      .references(() => programs.id),
    stage: text("stage", { enum: ["draft", "active", "obsolete"] }).notNull(),
    /** The export document as it was imported, whole. */
    definition: text("definition").notNull(),
    /** What CiviKey reads from it: see `domain/questions`. */
    questions: jsonb("questions").notNull(),
    importedAt: instant("imported_at").notNull(),
    publishedAt: instant("published_at"),
  },
  (t) => [
    uniqueIndex("program_versions_one_draft").on(t.programId).where(sql`${t.stage} = 'draft'`),
    uniqueIndex("program_versions_one_active").on(t.programId).where(sql`${t.stage} = 'active'`),
    index("program_versions_program_id").on(t.programId, t.id),
    check("program_versions_stage_known", sql`${t.stage} in ('draft', 'active', 'obsolete')`),
    check(
      "program_versions_published_unless_draft",
      sql`(${t.stage} = 'draft') = (${t.publishedAt} is null)`,
    ),
  ],
);

/** API keys. The secret is nowhere: only its HMAC, under the salt named by `salt_id` (spec 2). */
export const apiKeys = pgTable(
  "api_keys",
  {
    id: identity("id"),
    keyId: text("key_id").notNull(),
    name: text("name").notNull(),
    secretHash: text("secret_hash").notNull(),
    saltId: text("salt_id").notNull(),
    expiration: instant("expiration").notNull(),
    subnets: cidr("subnets").array().notNull(),
    contactEmail: text("contact_email"),
    note: text("note"),
    /** Which form made it, so that a form that is sent twice makes one key; null for the CLI. */
    formToken: text("form_token"),
    createdAt: instant("created_at").notNull(),
    createdBy: text("created_by").notNull(),
    retiredAt: instant("retired_at"),
    retiredBy: text("retired_by"),
    /** The key that this one replaces (spec 3, "Rotate"). */
    predecessorId: reference("predecessor_id"),
    /** Another one after every change of the key or its grants, by triggers: see `domain/stored-keys`. */
    changeId: uuid("change_id").notNull().defaultRandom(),
  },
  (t) => [
    unique("api_keys_key_id_unique").on(t.keyId),
    unique("api_keys_form_token_unique").on(t.formToken),
    unique("api_keys_one_successor").on(t.predecessorId),
    foreignKey({
      name: "api_keys_predecessor_id_fkey",
      columns: [t.predecessorId],
      foreignColumns: [t.id],
    }),
    index("api_keys_expiration").on(t.expiration).where(sql`${t.retiredAt} is null`),
    index("api_keys_retired").on(t.id).where(sql`${t.retiredAt} is not null`),
    check("api_keys_name_not_blank", sql`btrim(${t.name}) <> ''`),
    check("api_keys_have_a_subnet", sql`cardinality(${t.subnets}) >= 1`),
    check("api_keys_subnets_not_null", sql`array_position(${t.subnets}, null) is null`),
    check("api_keys_retired_by_someone", sql`(${t.retiredAt} is null) = (${t.retiredBy} is null)`),
  ],
);

/** A permission of one key on one program. Every key has at least one: a deferred trigger sees to it. */
export const grants = pgTable(
  "grants",
  {
    apiKeyId: reference("api_key_id")
      .notNull()
      .references(() => apiKeys.id),
    programId: reference("program_id")
      .notNull()
      .references(() => programs.id),
    permission: text("permission", { enum: ["READ", "WRITE"] }).notNull(),
  },
  (t) => [
    primaryKey({ name: "grants_pkey", columns: [t.apiKeyId, t.programId, t.permission] }),
    index("grants_program_id").on(t.programId),
    check("grants_permission_known", sql`${t.permission} in ('READ', 'WRITE')`),
  ],
);

/** How a key is used. Apart from `api_keys`, so that counting never touches the row that is checked. */
export const apiKeyUsage = pgTable(
  "api_key_usage",
  {
    apiKeyId: bigint("api_key_id", { mode: "number" })
      .primaryKey()
      .references(() => apiKeys.id),
    callCount: bigint("call_count", { mode: "number" }).notNull(),
    /** Null for a key from CiviForm that has not called here yet: CiviForm keeps no such time. */
    lastUsedAt: instant("last_used_at"),
    lastUsedAddress: inet("last_used_address"),
  },
  (t) => [check("api_key_usage_counts_up", sql`${t.callCount} >= 0`)],
);

/** Calls per key and day; the day is the instance zone's. */
export const apiKeyDailyCalls = pgTable(
  "api_key_daily_calls",
  {
    apiKeyId: reference("api_key_id")
      .notNull()
      .references(() => apiKeys.id),
    day: date("day", { mode: "string" }).notNull(),
    callCount: bigint("call_count", { mode: "number" }).notNull(),
  },
  (t) => [primaryKey({ name: "api_key_daily_calls_pkey", columns: [t.apiKeyId, t.day] })],
);

/**
 * Refused calls, counted by minute and by all that tells them apart (spec 2, "Usage"). Nothing that a
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
    apiKeyId: bigint("api_key_id", { mode: "number" }).references(() => apiKeys.id),
    /** Null when it could not be told, or in a row that stands for several. */
    address: inet("address"),
    /** Null in a row that stands for several: a minute with too many different refusals. */
    route: text("route"),
    programId: bigint("program_id", { mode: "number" }).references(() => programs.id),
    fingerprint: text("fingerprint"),
    callCount: bigint("call_count", { mode: "number" }).notNull(),
    lastAt: instant("last_at").notNull(),
    lastRequestId: text("last_request_id").notNull(),
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
    apiKeyId: reference("api_key_id")
      .notNull()
      .references(() => apiKeys.id),
    day: date("day", { mode: "string" }).notNull(),
    reason: text("reason").notNull(),
    callCount: bigint("call_count", { mode: "number" }).notNull(),
  },
  (t) => [
    primaryKey({ name: "api_key_daily_refusals_pkey", columns: [t.apiKeyId, t.day, t.reason] }),
  ],
);

/**
 * Who has been told that a key runs out, or is being told right now: one row for each thing that is
 * said once (spec 3, "Running out"). Whoever writes the row, or moves its `retry_at`, is the one to send.
 */
export const milestoneAlerts = pgTable(
  "milestone_alerts",
  {
    id: identity("id"),
    apiKeyId: reference("api_key_id")
      .notNull()
      .references(() => apiKeys.id),
    milestone: text("milestone", { enum: ["30_days", "7_days", "1_day", "expired"] }).notNull(),
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
      sql`${t.milestone} in ('30_days', '7_days', '1_day', 'expired')`,
    ),
    check(
      "milestone_alerts_recipient_known",
      sql`${t.recipient} in ('contact', 'support', 'webhook')`,
    ),
    check("milestone_alerts_count_up", sql`${t.attemptCount} >= 1`),
  ],
);

/**
 * Which questions an application's stored answers hold. Applications of one version share a row, so
 * that the union rule (spec 4) is worked out once per shape and not once per application.
 */
export const applicationShapes = pgTable(
  "application_shapes",
  {
    id: identity("id"),
    programId: reference("program_id")
      .notNull()
      .references(() => programs.id),
    programVersionId: bigint("program_version_id", { mode: "bigint" }),
    /** `version`: entities hold their version's questions; `import`: its version was not known yet. */
    completedBy: text("completed_by", { enum: ["version", "import"] }).notNull(),
    questionKeys: text("question_keys").array().notNull(),
    /** SHA-256 over the three columns above: an index on the keys themselves would outgrow a page. */
    digest: text("digest").notNull(),
  },
  (t) => [
    unique("application_shapes_digest_unique").on(t.programId, t.digest),
    unique("application_shapes_program_and_id").on(t.programId, t.id),
  ],
);

/**
 * Ids of the applications that were submitted here. They lie where CiviForm's never come, and below
 * 2^53, so that every reader of JSON keeps them; each database starts somewhere else (decision 8).
 */
export const submittedApplicationIds = pgSequence("submitted_application_ids", {
  minValue: 2 ** 52,
  maxValue: 2 ** 53 - 1,
  startWith: 2 ** 52,
});

/** Submitted applications, kept as the JSON text that the API serves. */
export const applications = pgTable(
  "applications",
  {
    programId: reference("program_id")
      .notNull()
      .references(() => programs.id),
    applicationId: bigint("application_id", { mode: "bigint" }).notNull(),
    applicantId: bigint("applicant_id", { mode: "bigint" }).notNull(),
    programVersionId: bigint("program_version_id", { mode: "bigint" }),
    shapeId: reference("shape_id").notNull(),
    createTime: exactInstant("create_time").notNull(),
    submitTime: exactInstant("submit_time").notNull(),
    language: text("language"),
    revisionState: text("revision_state", { enum: ["CURRENT", "OBSOLETE"] }).notNull(),
    status: text("status"),
    statusLastModifiedTime: exactInstant("status_last_modified_time"),
    applicationNote: text("application_note"),
    submitterType: text("submitter_type"),
    tiEmail: text("ti_email"),
    tiOrganization: text("ti_organization"),
    /** Fields of the record that CiviKey does not know, as a JSON object text. */
    extraFields: text("extra_fields"),
    /** The `application` object as JSON text, numbers to the last digit. */
    answers: text("answers").notNull(),
    /** Whether the status was set through our API: an import then needs a later one to replace it. */
    statusSetHere: boolean("status_set_here").notNull().default(false),
    /** The newest of `modifications` that the row is part of. A trigger sets it, whoever writes. */
    modificationId: reference("modification_id").notNull().default(0),
    /** The key that submitted it here; null for one that was imported. */
    submittedByKeyId: bigint("submitted_by_key_id", { mode: "number" }).references(
      () => apiKeys.id,
    ),
  },
  (t) => [
    primaryKey({ name: "applications_pkey", columns: [t.programId, t.applicationId] }),
    index("applications_submit_time").on(t.programId, t.submitTime),
    index("applications_current_of_applicant")
      .on(t.programId, t.applicantId)
      .where(sql`${t.revisionState} = 'CURRENT'`),
    // Not of imported ones: what CiviForm says of those is taken as it is.
    uniqueIndex("applications_one_current_submission")
      .on(t.programId, t.applicantId)
      .where(sql`${t.revisionState} = 'CURRENT' and ${t.submittedByKeyId} is not null`),
    foreignKey({
      name: "applications_shape_of_same_program",
      columns: [t.programId, t.shapeId],
      foreignColumns: [applicationShapes.programId, applicationShapes.id],
    }),
    check("applications_revision_state_known", sql`${t.revisionState} in ('CURRENT', 'OBSOLETE')`),
  ],
);

/**
 * One for each transaction that added or changed applications of a program. Triggers keep it: a row is
 * made with the first change, and gets its time when the transaction commits (docs/decisions/0007).
 */
export const modifications = pgTable(
  "modifications",
  {
    programId: reference("program_id")
      .notNull()
      .references(() => programs.id),
    id: bigint("id", { mode: "number" }).notNull().generatedByDefaultAsIdentity(),
    /** Infinity until the commit: nobody else ever sees that. */
    at: exactInstant("at").notNull().default(sql`'infinity'`),
  },
  (t) => [
    primaryKey({ name: "modifications_pkey", columns: [t.programId, t.id] }),
    index("modifications_at").on(t.programId, t.at, t.id),
  ],
);

/** Every change of an application's status or note, in the order in which they took effect. Append-only. */
export const statusChanges = pgTable(
  "status_changes",
  {
    id: identity("id"),
    programId: reference("program_id").notNull(),
    applicationId: bigint("application_id", { mode: "bigint" }).notNull(),
    /** The application's `status_last_modified_time` from then on; when an import says none, its own time. */
    at: exactInstant("at").notNull(),
    /** The key that set it; null when it came with an import. */
    apiKeyId: reference("api_key_id").references(() => apiKeys.id),
    status: text("status"),
    note: text("note"),
    previousStatus: text("previous_status"),
    previousNote: text("previous_note"),
  },
  (t) => [
    index("status_changes_application").on(t.programId, t.applicationId, t.id),
    foreignKey({
      name: "status_changes_application_fkey",
      columns: [t.programId, t.applicationId],
      foreignColumns: [applications.programId, applications.applicationId],
    }),
  ],
);

/**
 * Which submissions were made under which `Idempotency-Key`, so that a retry makes none. Kept for a day
 * or longer; of the body there is a digest only.
 */
export const idempotentSubmissions = pgTable(
  "idempotent_submissions",
  {
    apiKeyId: reference("api_key_id")
      .notNull()
      .references(() => apiKeys.id),
    programId: reference("program_id").notNull(),
    idempotencyKey: text("idempotency_key").notNull(),
    bodyDigest: text("body_digest").notNull(),
    applicationId: bigint("application_id", { mode: "bigint" }).notNull(),
    createdAt: instant("created_at").notNull(),
  },
  (t) => [
    primaryKey({
      name: "idempotent_submissions_pkey",
      columns: [t.apiKeyId, t.programId, t.idempotencyKey],
    }),
    index("idempotent_submissions_created_at").on(t.createdAt),
    foreignKey({
      name: "idempotent_submissions_application",
      columns: [t.programId, t.applicationId],
      foreignColumns: [applications.programId, applications.applicationId],
    }),
  ],
);

/**
 * How far each program has followed a running CiviForm, or another CiviKey (spec 5, way 2). Who holds the
 * lease is the one to pull; where the walk through the source's pages stands is written with the rows of
 * each page, so that whoever comes after a death goes on from there.
 */
export const applicationSyncs = pgTable(
  "application_syncs",
  {
    programId: bigint("program_id", { mode: "number" })
      .primaryKey()
      .references(() => programs.id),
    /** The origin that the state below is about. */
    source: text("source").notNull(),
    leaseToken: text("lease_token"),
    leaseUntil: instant("lease_until"),
    /** When the walk that is under way began; null between walks. */
    walkStartedAt: instant("walk_started_at"),
    isFull: boolean("is_full").notNull().default(false),
    /** The source's `fromDate` of the walk. */
    fromDate: date("from_date", { mode: "string" }),
    /** The source's token of the page that comes next; null for the first. */
    pageToken: text("page_token"),
    lowestApplicationId: bigint("lowest_application_id", { mode: "bigint" }),
    newestSubmitTime: exactInstant("newest_submit_time"),
    /** Of the walk that is under way, else of the last one. */
    readCount: bigint("read_count", { mode: "number" }).notNull().default(0),
    insertedCount: bigint("inserted_count", { mode: "number" }).notNull().default(0),
    updatedCount: bigint("updated_count", { mode: "number" }).notNull().default(0),
    unchangedCount: bigint("unchanged_count", { mode: "number" }).notNull().default(0),
    rejectedCount: bigint("rejected_count", { mode: "number" }).notNull().default(0),
    /** Changes of the walk that an audit event tells of already. */
    auditedCount: bigint("audited_count", { mode: "number" }).notNull().default(0),
    /** What is wrong with the last record of the walk that was left out. */
    lastRejection: text("last_rejection"),
    /** Everything submitted before is here; null until a walk has come to its end. */
    syncedUntil: exactInstant("synced_until"),
    startedAt: instant("started_at"),
    succeededAt: instant("succeeded_at"),
    fullSucceededAt: instant("full_succeeded_at"),
    /** Why the last run stopped; null when it did not. */
    failure: text("failure"),
    failedAt: instant("failed_at"),
    /** How many runs in a row the source's answer to the walk's next page has stopped. */
    stalledRuns: integer("stalled_runs").notNull().default(0),
    /** The source asked not to be called before. */
    waitUntil: instant("wait_until"),
    requestedAt: instant("requested_at"),
    pulledTotal: bigint("pulled_total", { mode: "number" }).notNull().default(0),
    failureTotal: bigint("failure_total", { mode: "number" }).notNull().default(0),
  },
  (t) => [
    check(
      "application_syncs_lease_has_an_end",
      sql`(${t.leaseToken} is null) = (${t.leaseUntil} is null)`,
    ),
    check(
      "application_syncs_token_within_a_walk",
      sql`${t.pageToken} is null or ${t.walkStartedAt} is not null`,
    ),
  ],
);

/** Who changed what, when, from where. Append-only: a trigger refuses update, delete and truncate. */
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
