/** What an import changed, read back from its audit event: a later import replaces the draft itself. */
import { and, desc, eq, sql } from "drizzle-orm";
import type { Database } from "../../db/client.ts";
import { auditEvents } from "../../db/schema.ts";
import type { ProgramChanges } from "./compare.ts";

/** The import that made a version. */
export interface ImportReport {
  readonly version: number;
  readonly questionCount: number;
  /** The draft that it took the place of. */
  readonly replaced: number | null;
  /** The newest version before, and what differs from it; null for the first version. */
  readonly comparison: { readonly version: number; readonly changes: ProgramChanges } | null;
}

/** Finds the import that made this version of the program; the latest one, should there be two. */
export async function findImportReport(
  db: Database,
  input: { programId: number; version: number },
): Promise<ImportReport | undefined> {
  const { programId, action, details, id } = auditEvents;
  const [event] = await db
    .select({ details })
    .from(auditEvents)
    .where(
      and(
        eq(programId, input.programId),
        eq(action, "program.imported"),
        sql`${details} ->> 'version' = ${String(input.version)}`,
      ),
    )
    .orderBy(desc(id))
    .limit(1);
  return event && readReport(event.details);
}

/** `addDraft` wrote the details; those of older releases have no comparison. */
function readReport(details: unknown): ImportReport | undefined {
  const read = asObject(details);
  const { version, questions, replaced, comparedWith } = read;
  if (typeof version !== "number" || typeof questions !== "number") return undefined;
  return {
    version,
    questionCount: questions,
    replaced: typeof replaced === "number" ? replaced : null,
    comparison: typeof comparedWith === "number" ? { version: comparedWith, changes: readChanges(read) } : null,
  };
}

function readChanges(changes: Readonly<Record<string, unknown>>): ProgramChanges {
  return {
    program: asTexts(changes.program),
    added: asTexts(changes.added),
    removed: asTexts(changes.removed),
    changed: asList(changes.changed)
      .map(asObject)
      .map(({ name, what }) => ({ name: String(name), what: asTexts(what) })),
  };
}

function asObject(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function asTexts(value: unknown): string[] {
  return asList(value).map(String);
}
