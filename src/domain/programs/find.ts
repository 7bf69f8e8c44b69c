/** Finds programs, one by its slug or all of them. */
import { and, asc, eq, getTableColumns, sql } from "drizzle-orm";
import { alias } from "drizzle-orm/pg-core";
import type { Database } from "../../db/client.ts";
import { programs, programVersions } from "../../db/schema.ts";
import { isSlug } from "../../lib/slug.ts";
import { programNotFound } from "../access/grants.ts";

/** A program, with the ids of its two versions that have a name of their own. */
export interface Program {
  readonly id: number;
  readonly slug: string;
  readonly adminName: string;
  /** The display name. */
  readonly name: string;
  readonly programType: string;
  readonly activeVersionId: number | null;
  readonly draftVersionId: number | null;
  /** How many days after its submission an application is erased; null for never. */
  readonly keepDays: number | null;
}

/** By code unit, whatever the database's collation makes of hyphens. */
export const slugKey = sql`${programs.slug} collate "C"`;
/** The order of the slugs. */
export const bySlug = asc(slugKey);
const active = alias(programVersions, "active");
const draft = alias(programVersions, "draft");

/** Every program, by slug. */
export function listPrograms(db: Database): Promise<Program[]> {
  return selectPrograms(db).orderBy(bySlug);
}

/** The program with this slug, or undefined; a text that can be no slug included. */
export async function findProgramBySlug(db: Database, slug: string): Promise<Program | undefined> {
  if (!isSlug(slug)) return undefined;
  const [program] = await selectPrograms(db).where(eq(programs.slug, slug));
  return program;
}

/** The program with this slug. Throws `not_found`. */
export async function getProgramBySlug(db: Database, slug: string): Promise<Program> {
  const program = await findProgramBySlug(db, slug);
  if (program === undefined) throw programNotFound(slug);
  return program;
}

/** Selects programs; add what narrows and orders them. */
export function selectPrograms(db: Database) {
  const { createdAt: _, keepDays, ...named } = getTableColumns(programs);
  return db
    .select({ ...named, activeVersionId: active.id, draftVersionId: draft.id, keepDays })
    .from(programs)
    .leftJoin(active, and(eq(active.programId, programs.id), eq(active.stage, "active")))
    .leftJoin(draft, and(eq(draft.programId, programs.id), eq(draft.stage, "draft")))
    .$dynamic();
}
