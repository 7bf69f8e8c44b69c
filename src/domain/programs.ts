/** Programs: finding, listing and publishing them (spec 5). Importing is `program-import`. */
import { and, asc, eq, inArray, sql } from "drizzle-orm";
import { alias } from "drizzle-orm/pg-core";
import type { Database } from "../db/client.ts";
import { runSql } from "../db/run-sql.ts";
import { programs, programVersions } from "../db/schema.ts";
import { type Actor, recordAuditEvent } from "./audit.ts";
import { DomainError } from "./errors.ts";
import type { Grant, GrantedProgram, Permission } from "./grants.ts";
import { externalType, parseProgramExport } from "./program-export.ts";

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
}

/** What a key is told about a program that it holds a grant on (spec 4). */
export interface GrantedProgramSummary {
  readonly name: string;
  readonly slug: string;
  readonly permissions: readonly Permission[];
  readonly activeVersionId: number | null;
}

/** By code unit, whatever the database's collation makes of hyphens. */
const bySlug = asc(sql`${programs.slug} collate "C"`);
const active = alias(programVersions, "active");
const draft = alias(programVersions, "draft");

/** Every program, by slug. */
export function listPrograms(db: Database): Promise<Program[]> {
  return selectPrograms(db).orderBy(bySlug);
}

/** The program with this slug, or undefined; a text that can be no slug included. */
export async function findProgramBySlug(db: Database, slug: string): Promise<Program | undefined> {
  if (!/^[a-z0-9-]+$/.test(slug)) return undefined;
  const [program] = await selectPrograms(db).where(eq(programs.slug, slug));
  return program;
}

/** The program with this slug. Throws `not_found`. */
export async function getProgramBySlug(db: Database, slug: string): Promise<Program> {
  const program = await findProgramBySlug(db, slug);
  if (program === undefined)
    throw new DomainError("not_found", `Program not found for slug: ${slug}`);
  return program;
}

function selectPrograms(db: Database) {
  return db
    .select({
      id: programs.id,
      slug: programs.slug,
      adminName: programs.adminName,
      name: programs.name,
      programType: programs.programType,
      activeVersionId: active.id,
      draftVersionId: draft.id,
    })
    .from(programs)
    .leftJoin(active, and(eq(active.programId, programs.id), eq(active.stage, "active")))
    .leftJoin(draft, and(eq(draft.programId, programs.id), eq(draft.stage, "draft")))
    .$dynamic();
}

/** What a key may do where, by slug; the grants are the key's own. */
export async function listGrantedPrograms(
  db: Database,
  grants: readonly Grant[],
): Promise<GrantedProgramSummary[]> {
  const held = Map.groupBy(grants, (grant) => grant.slug);
  const found = await selectPrograms(db)
    .where(inArray(programs.slug, [...held.keys()]))
    .orderBy(bySlug);
  return found.map(({ name, slug, activeVersionId }) => ({
    name,
    slug,
    permissions: (held.get(slug) ?? []).map((grant) => grant.permission).sort(),
    activeVersionId,
  }));
}

/**
 * The id of the program's active version. Throws `invalid` when it has none, or when the program is
 * external: what a caller with a grant may be told (spec 4).
 */
export async function requireActiveProgram(
  db: Database,
  program: GrantedProgram,
): Promise<{ activeVersionId: number }> {
  const [version] = await runSql<{ id: string }>(
    db,
    `select version.id from program_versions version join programs on programs.id = program_id
     where program_id = $1 and stage = 'active' and program_type <> $2`,
    [program.programId, externalType],
    { planning: "prepare" },
  );
  if (version === undefined) {
    throw new DomainError("invalid", `Program not found for slug: ${program.slug}`);
  }
  return { activeVersionId: Number(version.id) };
}

/** Makes a program's draft its active version. Throws `not_found`, or `conflict` without a draft. */
export async function publishProgram(
  db: Database,
  input: { slug: string; actor: Actor; now: Date },
): Promise<{ slug: string; version: number }> {
  return db.transaction(async (tx) => {
    const program = await getProgramBySlug(tx, input.slug);
    const version = await publishDraft(tx, { ...input, programId: program.id });
    return { slug: program.slug, version };
  });
}

/**
 * Publishes the draft of a program inside the caller's transaction: the active version becomes
 * obsolete, and the program takes the draft's name and type. Throws `conflict` without a draft.
 */
export async function publishDraft(
  tx: Database,
  input: { programId: number; actor: Actor; now: Date },
): Promise<number> {
  const { programId, actor, now } = input;
  await lockProgram(tx, programId);
  const [found] = await tx
    .select({ id: programVersions.id, definition: programVersions.definition })
    .from(programVersions)
    .where(and(eq(programVersions.programId, programId), eq(programVersions.stage, "draft")));
  if (found === undefined)
    throw new DomainError("conflict", "The program has no draft to publish.");
  const [replaced] = await tx
    .update(programVersions)
    .set({ stage: "obsolete" })
    .where(and(eq(programVersions.programId, programId), eq(programVersions.stage, "active")))
    .returning({ id: programVersions.id });
  await tx
    .update(programVersions)
    .set({ stage: "active", publishedAt: now })
    .where(eq(programVersions.id, found.id));
  const { name, programType } = parseProgramExport(found.definition);
  await tx.update(programs).set({ name, programType }).where(eq(programs.id, programId));
  await recordAuditEvent(tx, {
    at: now,
    actor,
    action: "program.published",
    programId,
    details: { version: found.id, replaced: replaced?.id ?? null },
  });
  return found.id;
}

/** Lets one transaction at a time change a program's versions; grants can still be made meanwhile. */
export async function lockProgram(tx: Database, programId: number): Promise<void> {
  await tx.execute(sql`select 1 from programs where id = ${programId} for no key update`);
}
