/** Applications as the API serves them, what their answers hold, and when they changed. */
import { sql } from "drizzle-orm";
import {
  bigint,
  boolean,
  check,
  foreignKey,
  index,
  pgTable,
  primaryKey,
  text,
  unique,
  uniqueIndex,
} from "drizzle-orm/pg-core";
import { exactInstant, identity, reference, referenceTo } from "./columns.ts";
import { apiKeys } from "./keys.ts";
import { programs } from "./programs.ts";

/**
 * Which questions an application's stored answers hold. Applications of one version share a row, so
 * that the union rule is worked out once per outline and not once per application. The database still calls it a shape.
 */
export const applicationOutlines = pgTable(
  "application_shapes",
  {
    id: identity("id"),
    programId: referenceTo("program_id", () => programs.id),
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

/** The zone that the times in `applications.head` are in: one row. */
export const applicationHeads = pgTable(
  "application_heads",
  {
    id: boolean("id").primaryKey().default(true),
    zone: text("zone").notNull(),
    /** False while heads are still rendered anew for this zone. */
    isComplete: boolean("is_complete").notNull(),
  },
  (t) => [check("application_heads_one_row", sql`${t.id}`)],
);

/** Submitted applications, kept as the JSON text that the API serves. */
export const applications = pgTable(
  "applications",
  {
    /** A program's: the outline's foreign key sees to it, and a second one would be checked for every row. */
    programId: reference("program_id").notNull(),
    applicationId: bigint("application_id", { mode: "bigint" }).notNull(),
    applicantId: bigint("applicant_id", { mode: "bigint" }).notNull(),
    programVersionId: bigint("program_version_id", { mode: "bigint" }),
    outlineId: reference("shape_id").notNull(),
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
    /**
     * The newest of `modifications` that the row is part of. A trigger sets it, whoever writes; it names the
     * columns that count, so a new one has to be named there.
     */
    modificationId: reference("modification_id").notNull().default(0),
    /** The key that submitted it here; null for one that was imported. */
    submittedByKeyId: reference("submitted_by_key_id").references(() => apiKeys.id),
    /** The JSON text that the API serves, up to the answers: `renderHead` makes it of the columns above. */
    head: text("head").notNull(),
  },
  (t) => [
    primaryKey({ name: "applications_pkey", columns: [t.programId, t.applicationId] }),
    // For the statuses that a program's applications have, and for those with one of them.
    index("applications_status").on(t.programId, t.status, t.applicationId).where(sql`${t.status} is not null`),
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
      columns: [t.programId, t.outlineId],
      foreignColumns: [applicationOutlines.programId, applicationOutlines.id],
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
    programId: referenceTo("program_id", () => programs.id),
    id: bigint("id", { mode: "number" }).notNull().generatedByDefaultAsIdentity(),
    /** Infinity until the commit: nobody else ever sees that. */
    at: exactInstant("at").notNull().default(sql`'infinity'`),
  },
  (t) => [
    primaryKey({ name: "modifications_pkey", columns: [t.programId, t.id] }),
    index("modifications_at").on(t.programId, t.at, t.id),
  ],
);
