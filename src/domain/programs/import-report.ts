/** What an import changed, read back from its audit event: a later import replaces the draft itself. */
import { and, desc, eq, sql } from "drizzle-orm";
import type { Database } from "../../db/client.ts";
import { auditEvents } from "../../db/schema.ts";
import type { ProgramChanges } from "./compare.ts";
import type { ImportDetails } from "./draft.ts";

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
  return event && readReport(event.details as ImportDetails);
}

function readReport({ version, questions, replaced, comparedWith, ...changes }: ImportDetails): ImportReport {
  const none: ProgramChanges = { program: [], added: [], removed: [], changed: [] };
  return {
    version,
    questionCount: questions,
    replaced,
    comparison: comparedWith === undefined ? null : { version: comparedWith, changes: { ...none, ...changes } },
  };
}
