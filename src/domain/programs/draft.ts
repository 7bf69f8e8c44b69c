/** The draft of a program: storing an import as the draft, and showing what publishing it would change. */
import { and, eq, inArray, max, sql } from "drizzle-orm";
import type { Database } from "../../db/client.ts";
import { programs, programVersions } from "../../db/schema.ts";
import { DomainError } from "../../lib/errors.ts";
import { type Actor, recordAuditEvent } from "../access/audit/record.ts";
import { type ProgramExport, programIdMax } from "./civiform-export.ts";
import { compareVersions, type ProgramChanges } from "./compare.ts";
import { readComparedVersion, type StoredVersion, selectDraftAndActive } from "./versions.ts";

/** A draft, and what its publication would change. */
export interface ProgramDraft {
  readonly version: number;
  /** The display name from then on. */
  readonly name: string;
  readonly questionCount: number;
  /** The version that is active now, and what differs from it; null for the first publication. */
  readonly comparison: { readonly version: number; readonly changes: ProgramChanges } | null;
}

/** The draft of a program, beside the active version. Throws `conflict` when there is none. */
export async function getProgramDraft(db: Database, programId: number): Promise<ProgramDraft> {
  const found = await selectDraftAndActive(db, programId);
  const draft = found.find(({ stage }) => stage === "draft");
  const active = found.find(({ stage }) => stage === "active");
  if (draft === undefined) {
    throw new DomainError("conflict", "The program has no draft to publish.");
  }
  const compared = readComparedVersion(draft);
  return {
    version: draft.id,
    name: compared.name,
    questionCount: draft.questions.length,
    comparison: active ? { version: active.id, changes: compareVersions(readComparedVersion(active), compared) } : null,
  };
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
    newest: StoredVersion | undefined;
    actor: Actor;
    now: Date;
  },
): Promise<number> {
  const { programId, exported, newest, now } = input;
  const isDraft = and(eq(programVersions.programId, programId), eq(programVersions.stage, "draft"));
  const [replaced] = await tx.delete(programVersions).where(isDraft).returning({ id: programVersions.id });
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
  // The trail names what changed, and nothing that did not.
  const changes = newest && Object.entries(compareVersions(readComparedVersion(newest), exported));
  const details: ImportDetails = {
    version: id,
    replaced: replaced?.id ?? null,
    questions: exported.questions.length,
    ...(newest && { comparedWith: newest.id }),
    ...Object.fromEntries(changes?.filter(([, list]) => list.length > 0) ?? []),
  };
  await recordAuditEvent(tx, input, "program.imported", details, { programId });
  return id;
}

/** What the audit event of an import tells. Older releases wrote no comparison. */
export interface ImportDetails extends Partial<ProgramChanges> {
  readonly version: number;
  /** The draft that it took the place of. */
  readonly replaced: number | null;
  readonly questions: number;
  /** The newest version before; what differs from it is beside it, without what is the same. */
  readonly comparedWith?: number;
}

/** Ids that CiviKey gives start above all that an export may have: CiviForm never gives the same. */
const ownVersionIdMin = programIdMax + 1;

/** The export's own id when it is free, else one that no version has. */
async function chooseVersionId(tx: Database, wanted: number): Promise<number> {
  if ((await tx.$count(programVersions, eq(programVersions.id, wanted))) === 0) return wanted;
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
    .where(and(eq(programVersions.programId, programId), inArray(programVersions.stage, ["active", "obsolete"])));
  await tx
    .update(programs)
    .set({ name, programType })
    .where(and(eq(programs.id, programId), sql`not exists ${published}`));
}
