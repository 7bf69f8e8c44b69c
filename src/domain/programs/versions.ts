/** The versions of a program: listing, selecting and locking them. */
import { and, desc, eq, inArray, sql } from "drizzle-orm";
import type { Database } from "../../db/client.ts";
import { programVersions } from "../../db/schema.ts";
import { describeDefinition } from "./civiform-export.ts";
import type { ComparedVersion } from "./compare.ts";
import type { Question } from "./questions/tree.ts";

/** A version as it was stored: its questions were read from the definition when it was imported. */
export interface StoredVersion {
  readonly id: number;
  readonly definition: string;
  readonly questions: readonly Question[];
}

/** What of a stored version is compared with others. */
export function readComparedVersion({ definition, questions }: StoredVersion): ComparedVersion {
  return { ...describeDefinition(definition), questions };
}

/** One version of a program. */
export interface ProgramVersion {
  readonly id: number;
  readonly stage: "draft" | "active" | "obsolete";
  readonly importedAt: Date;
  readonly publishedAt: Date | null;
  /** How many questions its blocks ask, as `programs import` counts them. */
  readonly questionCount: number;
}

/** The versions of a program: the draft, the active one, then the newest obsolete ones. */
export async function listProgramVersions(
  db: Database,
  input: { programId: number; limit: number },
): Promise<{ versions: ProgramVersion[]; hasMore: boolean }> {
  const { id, stage, importedAt, publishedAt, questions, programId } = programVersions;
  const found = await db
    .select({ id, stage, importedAt, publishedAt, questionCount: sql<number>`jsonb_array_length(${questions})` })
    .from(programVersions)
    .where(eq(programId, input.programId))
    .orderBy(sql`${publishedAt} desc nulls first, ${stage} = 'active' desc`, desc(id))
    .limit(input.limit + 1);
  return { versions: found.slice(0, input.limit), hasMore: found.length > input.limit };
}

/** Selects the draft and the active version of a program, as far as there are any. */
export function selectDraftAndActive(db: Database, programId: number) {
  const { id, stage, definition, questions } = programVersions;
  return db
    .select({ id, stage, definition, questions: sql<readonly Question[]>`${questions}` })
    .from(programVersions)
    .where(and(eq(programVersions.programId, programId), inArray(stage, ["draft", "active"])));
}

/** The draft, or the active version when there is no draft: drafts are always made later. */
export async function findNewestVersion(tx: Database, programId: number) {
  const [newest] = await selectDraftAndActive(tx, programId).orderBy(desc(programVersions.stage)).limit(1);
  return newest;
}

/** Lets one transaction at a time change a program's versions; grants can still be made meanwhile. */
export async function lockProgram(tx: Database, programId: number): Promise<void> {
  await tx.execute(sql`select 1 from programs where id = ${programId} for no key update`);
}
