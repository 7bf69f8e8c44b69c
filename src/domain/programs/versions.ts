/** The versions of a program: making its draft, publishing it (spec 5). For transactions of `programs`. */
import { and, desc, eq, inArray, max, sql } from "drizzle-orm";
import type { Database } from "../../db/client.ts";
import { programs, programVersions } from "../../db/schema.ts";
import { DomainError } from "../../lib/errors.ts";
import { type Actor, recordAuditEvent } from "../access/audit/record.ts";
import { compareVersions, type ProgramChanges } from "./changes.ts";
import { type ProgramExport, parseProgramExport, programIdMax } from "./export.ts";

/** Selects the draft and the active version of a program, as far as there are any. */
export function selectDraftAndActive(db: Database, programId: number) {
  return db
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
    );
}

/** The draft, or the active version when there is no draft: drafts are always made later. */
export async function findNewestVersion(tx: Database, programId: number) {
  const [newest] = await selectDraftAndActive(tx, programId)
    .orderBy(desc(programVersions.stage))
    .limit(1);
  return newest;
}

/**
 * Stores the export as the program's draft, instead of the one that is there. The audit event keeps
 * what differs from the newest version before: that may be the draft that goes.
 */
export async function addDraft(
  tx: Database,
  input: {
    programId: number;
    exported: ProgramExport;
    newest: { id: number; definition: string } | undefined;
    actor: Actor;
    now: Date;
  },
): Promise<number> {
  const { programId, exported, newest, actor, now } = input;
  const isDraft = and(eq(programVersions.programId, programId), eq(programVersions.stage, "draft"));
  const [replaced] = await tx
    .delete(programVersions)
    .where(isDraft)
    .returning({ id: programVersions.id });
  const id = await chooseVersionId(tx, exported.programId);
  await tx.insert(programVersions).values({
    id,
    programId,
    stage: "draft",
    definition: exported.definition,
    questions: exported.questions,
    importedAt: now,
  });
  await describeUnpublished(tx, programId, exported);
  await recordAuditEvent(tx, {
    at: now,
    actor,
    action: "program.imported",
    programId,
    details: {
      version: id,
      replaced: replaced?.id ?? null,
      questions: exported.questions.length,
      ...(newest && {
        comparedWith: newest.id,
        ...withoutEmpty(compareVersions(parseProgramExport(newest.definition), exported)),
      }),
    },
  });
  return id;
}

/** The trail names what changed, and nothing that did not. */
function withoutEmpty(changes: ProgramChanges): Partial<ProgramChanges> {
  return Object.fromEntries(Object.entries(changes).filter(([, list]) => list.length > 0));
}

/** Ids that CiviKey gives start above all that an export may have: CiviForm never gives the same. */
const ownVersionIdMin = programIdMax + 1;

/** The export's own id when it is free, else one that no version has. */
async function chooseVersionId(tx: Database, wanted: number): Promise<number> {
  const [taken] = await tx
    .select({ id: programVersions.id })
    .from(programVersions)
    .where(eq(programVersions.id, wanted));
  if (taken === undefined) return wanted;
  const [newest] = await tx.select({ id: max(programVersions.id) }).from(programVersions);
  return Math.max((newest?.id ?? 0) + 1, ownVersionIdMin);
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

/**
 * Publishes the draft of a program inside the caller's transaction: the active version becomes
 * obsolete, and the program takes the draft's name and type. Throws `conflict` without a draft, and
 * when the draft is another than the `version` that was meant.
 */
export async function publishDraft(
  tx: Database,
  input: { programId: number; version?: number; actor: Actor; now: Date },
): Promise<number> {
  const { programId, version, actor, now } = input;
  await lockProgram(tx, programId);
  const [found] = await tx
    .select({ id: programVersions.id, definition: programVersions.definition })
    .from(programVersions)
    .where(and(eq(programVersions.programId, programId), eq(programVersions.stage, "draft")));
  if (found === undefined)
    throw new DomainError("conflict", "The program has no draft to publish.");
  if (version !== undefined && version !== found.id) {
    throw new DomainError("conflict", "Another draft was imported meanwhile. Look at it first.");
  }
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
