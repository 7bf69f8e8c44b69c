/** Programs: importing, publishing, finding and listing them (spec 5). Their versions are `program-versions`. */
import { and, asc, eq, inArray, sql } from "drizzle-orm";
import { alias } from "drizzle-orm/pg-core";
import type { Database } from "../../db/client.ts";
import { runSql } from "../../db/run-sql.ts";
import { programs, programVersions } from "../../db/schema.ts";
import { DomainError } from "../../lib/errors.ts";
import type { Actor } from "../access/audit/record.ts";
import type { Grant, GrantedProgram, Permission } from "../access/grants.ts";
import { externalType, type ProgramExport, parseProgramExport } from "./export.ts";
import { isSameDefinition } from "./same-definition.ts";
import { addDraft, findNewestVersion, lockProgram, publishDraft } from "./versions.ts";

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

/** What an import came to; `programs import --json` prints it (spec 6). */
export interface ImportedProgram {
  readonly slug: string;
  /** The id of the newest version, made now or there before. */
  readonly version: number;
  readonly stage: "draft" | "active";
  /** How many questions that version asks. */
  readonly questions: number;
  /** Whether the import made a version. */
  readonly changed: boolean;
}

type ProgramRow = typeof programs.$inferSelect;

/** Any number will do, as long as nobody else locks it. */
const importLock = 0xc1_17_e2;

/** By code unit, whatever the database's collation makes of hyphens. */
export const bySlug = asc(sql`${programs.slug} collate "C"`);
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

/** Selects programs; add what narrows and orders them. */
export function selectPrograms(db: Database) {
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

/**
 * Imports one export, in one transaction with its audit events. With `publish` the newest version is
 * active afterwards, also when it was there before. Throws `invalid` on an export that is refused,
 * and then nothing is written.
 */
export async function importProgram(
  db: Database,
  input: { text: string; publish: boolean; actor: Actor; now: Date },
): Promise<ImportedProgram> {
  const exported = parseProgramExport(input.text);
  return db.transaction(async (tx) => {
    // One import at a time: new programs, slugs and version ids are chosen without a race.
    await tx.execute(sql`select pg_advisory_xact_lock(${importLock})`);
    const program =
      (await findProgram(tx, exported)) ?? (await addProgram(tx, exported, input.now));
    await lockProgram(tx, program.id);
    const newest = await findNewestVersion(tx, program.id);
    const changed = !newest || !isSameDefinition(newest.definition, exported.definition);
    const version = changed
      ? await addDraft(tx, { ...input, exported, newest, programId: program.id })
      : newest.id;
    const isDraft = changed || newest.stage === "draft";
    const publishes = isDraft && input.publish;
    if (publishes) await publishDraft(tx, { ...input, programId: program.id });
    return {
      slug: program.slug,
      version,
      stage: isDraft && !publishes ? "draft" : "active",
      questions: exported.questions.length,
      changed,
    };
  });
}

/** The program that an export belongs to. Refuses a slug of another program, and a change from or to external. */
async function findProgram(tx: Database, exported: ProgramExport): Promise<ProgramRow | undefined> {
  const { adminName, slug, programType } = exported;
  const [program] = await tx.select().from(programs).where(eq(programs.adminName, adminName));
  if (program === undefined) {
    const [other] = await tx.select().from(programs).where(eq(programs.slug, slug));
    if (other === undefined) return undefined;
    throw new DomainError(
      "invalid",
      `"${adminName}" makes the slug ${slug}, which is another program's slug ("${other.adminName}").`,
    );
  }
  if ((program.programType === externalType) !== (programType === externalType)) {
    throw new DomainError(
      "invalid",
      `A program cannot change from or to ${externalType}: "${adminName}" is ${program.programType}.`,
    );
  }
  return program;
}

async function addProgram(tx: Database, exported: ProgramExport, now: Date): Promise<ProgramRow> {
  const { slug, adminName, name, programType } = exported;
  const values = { slug, adminName, name, programType, createdAt: now };
  const [program] = await tx.insert(programs).values(values).returning();
  if (program === undefined) throw new DomainError("unavailable", "The program was not stored.");
  return program;
}

/**
 * Makes a program's draft its active version. Throws `not_found`, or `conflict` without a draft, and
 * when the draft is another than the `version` that was meant.
 */
export async function publishProgram(
  db: Database,
  input: { slug: string; version?: number; actor: Actor; now: Date },
): Promise<{ slug: string; version: number }> {
  return db.transaction(async (tx) => {
    const program = await getProgramBySlug(tx, input.slug);
    const version = await publishDraft(tx, { ...input, programId: program.id });
    return { slug: program.slug, version };
  });
}
