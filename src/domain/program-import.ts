/** Imports CiviForm's program export: a new program, a new draft, or nothing when only ids changed (spec 5). */
import { and, desc, eq, inArray, max, sql } from "drizzle-orm";
import type { Database } from "../db/client.ts";
import { programs, programVersions } from "../db/schema.ts";
import { type Actor, recordAuditEvent } from "./audit.ts";
import { isSameDefinition } from "./definition-comparison.ts";
import { DomainError } from "./errors.ts";
import { externalType, type ProgramExport, parseProgramExport } from "./program-export.ts";
import { lockProgram, publishDraft } from "./programs.ts";

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

/** Any number will do, as long as nobody else locks it: "program" in hexadecimal digits, nearly. */
const importLock = 0x9_60_64;

type ProgramRow = typeof programs.$inferSelect;

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
    const version = changed ? await addDraft(tx, { ...input, exported, program }) : newest.id;
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

/** The draft, or the active version when there is no draft: drafts are always made later. */
async function findNewestVersion(tx: Database, programId: number) {
  const [newest] = await tx
    .select({
      id: programVersions.id,
      stage: programVersions.stage,
      definition: programVersions.definition,
    })
    .from(programVersions)
    .where(
      and(
        eq(programVersions.programId, programId),
        inArray(programVersions.stage, ["draft", "active"]),
      ),
    )
    .orderBy(desc(programVersions.stage))
    .limit(1);
  return newest;
}

/** Stores the export as the program's draft, instead of the one that is there. */
async function addDraft(
  tx: Database,
  input: { exported: ProgramExport; program: ProgramRow; actor: Actor; now: Date },
): Promise<number> {
  const { exported, program, actor, now } = input;
  const isDraft = and(
    eq(programVersions.programId, program.id),
    eq(programVersions.stage, "draft"),
  );
  const [replaced] = await tx
    .delete(programVersions)
    .where(isDraft)
    .returning({ id: programVersions.id });
  const id = await chooseVersionId(tx, exported.programId);
  await tx.insert(programVersions).values({
    id,
    programId: program.id,
    stage: "draft",
    definition: exported.definition,
    questions: exported.questions,
    importedAt: now,
  });
  await describeUnpublished(tx, program.id, exported);
  await recordAuditEvent(tx, {
    at: now,
    actor,
    action: "program.imported",
    programId: program.id,
    details: { version: id, replaced: replaced?.id ?? null, questions: exported.questions.length },
  });
  return id;
}

/** The export's own id when it is free, else one that no version has. */
async function chooseVersionId(tx: Database, wanted: number): Promise<number> {
  const [taken] = await tx
    .select({ id: programVersions.id })
    .from(programVersions)
    .where(eq(programVersions.id, wanted));
  if (taken === undefined) return wanted;
  const [newest] = await tx.select({ id: max(programVersions.id) }).from(programVersions);
  return (newest?.id ?? 0) + 1;
}

/** Until something is published, a program is called what its draft calls it. */
async function describeUnpublished(
  tx: Database,
  programId: number,
  { name, programType }: ProgramExport,
): Promise<void> {
  const published = tx
    .select({ one: sql`1` })
    .from(programVersions)
    .where(
      and(
        eq(programVersions.programId, programId),
        inArray(programVersions.stage, ["active", "obsolete"]),
      ),
    );
  await tx
    .update(programs)
    .set({ name, programType })
    .where(and(eq(programs.id, programId), sql`not exists ${published}`));
}
