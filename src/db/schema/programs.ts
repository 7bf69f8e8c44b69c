/** The programs whose applications the API serves, and every definition of them. */
import { sql } from "drizzle-orm";
import { bigint, check, index, integer, jsonb, pgTable, text, unique, uniqueIndex } from "drizzle-orm/pg-core";
import { identity, instant, referenceTo } from "./columns.ts";

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
    /** How many days after its submission an application is erased; null for never. */
    keepDays: integer("keep_days"),
  },
  (t) => [
    unique("programs_slug_unique").on(t.slug),
    unique("programs_admin_name_unique").on(t.adminName),
    check("programs_slug_form", sql`${t.slug} ~ '^[a-z0-9_-]+$'`),
    check("programs_name_not_blank", sql`btrim(${t.name}) <> ''`),
    check("programs_keep_days_known", sql`${t.keepDays} between 1 and 36500`),
  ],
);

/** One definition of a program. Once published it never changes; only its stage does. */
export const programVersions = pgTable(
  "program_versions",
  {
    id: bigint("id", { mode: "number" }).primaryKey(),
    programId: referenceTo("program_id", () => programs.id),
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
    check("program_versions_published_unless_draft", sql`(${t.stage} = 'draft') = (${t.publishedAt} is null)`),
  ],
);
