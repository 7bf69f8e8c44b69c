/** Publishes the draft of a program. */
import { and, eq } from "drizzle-orm";
import type { Database } from "../../db/client.ts";
import { programs, programVersions } from "../../db/schema.ts";
import { DomainError } from "../../lib/errors.ts";
import { recordAuditEvent } from "../access/audit/record.ts";
import type { Permitted } from "../access/people/roles.ts";
import { describeDefinition } from "./civiform-export.ts";
import { getProgramBySlug } from "./find.ts";
import { lockProgram } from "./versions.ts";

/**
 * Makes a program's draft its active version. Throws `not_found`, or `conflict` without a draft, and
 * when the draft is another than the `version` that was meant.
 */
export async function publishProgram(
  db: Database,
  input: { slug: string; version?: number; actor: Permitted<"change programs">; now: Date },
): Promise<{ slug: string; version: number }> {
  return db.transaction(async (tx) => {
    const program = await getProgramBySlug(tx, input.slug);
    const version = await publishDraft(tx, { ...input, programId: program.id });
    return { slug: program.slug, version };
  });
}

/**
 * Publishes the draft of a program inside the caller's transaction: the active version becomes
 * obsolete, and the program takes the draft's name and type. Throws `conflict` without a draft, and
 * when the draft is another than the `version` that was meant.
 */
export async function publishDraft(
  tx: Database,
  input: { programId: number; version?: number; actor: Permitted<"change programs">; now: Date },
): Promise<number> {
  const { programId, version, now } = input;
  await lockProgram(tx, programId);
  const [found] = await tx
    .select({ id: programVersions.id, definition: programVersions.definition })
    .from(programVersions)
    .where(and(eq(programVersions.programId, programId), eq(programVersions.stage, "draft")));
  if (found === undefined) throw new DomainError("conflict", "The program has no draft to publish.");
  if (version !== undefined && version !== found.id) {
    throw new DomainError("conflict", "Another draft was imported meanwhile. Look at it first.");
  }
  const isActive = and(eq(programVersions.programId, programId), eq(programVersions.stage, "active"));
  const [replaced] = await tx
    .update(programVersions)
    .set({ stage: "obsolete" })
    .where(isActive)
    .returning({ id: programVersions.id });
  await tx.update(programVersions).set({ stage: "active", publishedAt: now }).where(eq(programVersions.id, found.id));
  const { name, programType } = describeDefinition(found.definition);
  await tx.update(programs).set({ name, programType }).where(eq(programs.id, programId));
  const details = { version: found.id, replaced: replaced?.id ?? null };
  await recordAuditEvent(tx, input, "program.published", details, { programId });
  return found.id;
}
