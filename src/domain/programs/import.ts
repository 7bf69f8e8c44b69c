/** Imports a CiviForm program export: a new program, or a new draft of a known one. */
import { eq, sql } from "drizzle-orm";
import type { Database } from "../../db/client.ts";
import { programs } from "../../db/schema.ts";
import { DomainError } from "../../lib/errors.ts";
import type { Permitted } from "../access/people/roles.ts";
import { externalType, type ProgramExport, parseProgramExport } from "./civiform-export.ts";
import { addDraft } from "./draft.ts";
import { publishDraft } from "./publish.ts";
import { isSameDefinition } from "./same-definition.ts";
import { findNewestVersion, lockProgram } from "./versions.ts";

/** The result of an import; `programs import --json` prints it. */
export interface ImportedProgram {
  readonly slug: string;
  /** The id of the newest version, made now or there before. */
  readonly version: number;
  readonly stage: "draft" | "active";
  /** How many questions that version asks. */
  readonly questions: number;
  /** Whether the import made a version. */
  readonly changed: boolean;
  /** Whether it published that version. */
  readonly published: boolean;
}

type ProgramRow = typeof programs.$inferSelect;

/** An arbitrary number that no other lock uses. */
const importLock = 0xc1_17_e2;

/**
 * Imports one export, in one transaction with its audit events. With `publish` the newest version
 * becomes active, even when it was imported before. Throws `invalid` when the export is refused;
 * nothing is written then.
 */
export async function importProgram(
  db: Database,
  input: { text: string; publish: boolean; actor: Permitted<"change programs">; now: Date },
): Promise<ImportedProgram> {
  const exported = parseProgramExport(input.text);
  return db.transaction(async (tx) => {
    // One import at a time: new programs, slugs and version ids are chosen without a race.
    await tx.execute(sql`select pg_advisory_xact_lock(${importLock})`);
    const program = (await findProgram(tx, exported)) ?? (await addProgram(tx, exported, input.now));
    await lockProgram(tx, program.id);
    const newest = await findNewestVersion(tx, program.id);
    const changed = !newest || !isSameDefinition(newest.definition, exported.definition);
    const version = changed ? await addDraft(tx, { ...input, exported, newest, programId: program.id }) : newest.id;
    const isDraft = changed || newest.stage === "draft";
    const publishes = isDraft && input.publish;
    if (publishes) await publishDraft(tx, { ...input, programId: program.id });
    return {
      slug: program.slug,
      version,
      stage: isDraft && !publishes ? "draft" : "active",
      questions: exported.questions.length,
      changed,
      published: publishes,
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
