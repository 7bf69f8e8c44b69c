/** Programs as their documents tell them (spec 4): one version, and what all published versions asked. */
import type { Database } from "../db/client.ts";
import { runSql } from "../db/run-sql.ts";
import { type BoundedMap, createBoundedMap } from "./bounded-map.ts";
import { type DocumentedQuestion, documentQuestions } from "./documented-questions.ts";
import { externalType } from "./program-export.ts";
import { findProgramBySlug, listPrograms, type Program } from "./programs.ts";
import type { Question } from "./questions.ts";

/** The stages of the versions that have documents. */
export const documentedStages = ["active", "draft"] as const;

/** One of them. */
export type DocumentedStage = (typeof documentedStages)[number];

/** One version of a program. */
export interface DocumentedProgram {
  readonly slug: string;
  readonly adminName: string;
  /** The display name. */
  readonly name: string;
  readonly stage: DocumentedStage;
  /** The id of the version. */
  readonly version: number;
  /** What admins wrote about the program; empty when they did not. */
  readonly description: string;
  readonly questions: readonly DocumentedQuestion[];
}

interface Version {
  readonly description: string;
  readonly questions: readonly Question[];
}

const versionsKeptMax = 200;
/** Published versions never change. Their ids mean something in one database only. */
const keptByDatabase = new WeakMap<Database, BoundedMap<string, Version>>();

/** The programs that have a version to document, by slug. External ones have no applications. */
export async function listDocumentedPrograms(db: Database): Promise<Program[]> {
  const programs = await listPrograms(db);
  return programs.filter(
    ({ programType, activeVersionId, draftVersionId }) =>
      programType !== externalType && (activeVersionId ?? draftVersionId) !== null,
  );
}

/** A program at a stage; undefined when there is none, or it is external. */
export async function findDocumentedProgram(
  db: Database,
  { slug, stage }: { slug: string; stage: DocumentedStage },
): Promise<DocumentedProgram | undefined> {
  const program = await findProgramBySlug(db, slug);
  if (program === undefined || program.programType === externalType) return undefined;
  const rows = await runSql<{ id: string; stage: string }>(
    db,
    `select id, stage from program_versions where program_id = $1 and (stage <> 'draft' or $2)
     order by published_at nulls last, id`,
    [program.id, stage === "draft"],
    { planning: "prepare" },
  );
  const documented = rows.find((row) => row.stage === stage);
  if (documented === undefined) return undefined;
  // Whatever the clock said when it was published: the documented version is the last.
  const ids = [...rows.filter((row) => row !== documented), documented].map(({ id }) => id);
  const versions = await loadVersions(db, ids, stage === "draft" ? documented.id : undefined);
  return {
    slug: program.slug,
    adminName: program.adminName,
    name: program.name,
    stage,
    version: Number(documented.id),
    description: versions.at(-1)?.description ?? "",
    questions: documentQuestions(versions.map(({ questions }) => questions)),
  };
}

/**
 * What the answers of an application can have under each key (the union rule): as its own version
 * asks it, and as the active one does where that version is not known here.
 */
export async function documentAnswers(
  db: Database,
  { programId, versionId }: { programId: number; versionId: string | null },
): Promise<{ questions: DocumentedQuestion[]; isVersionKnown: boolean }> {
  const rows = await runSql<{ id: string; stage: string }>(
    db,
    `select id, stage from program_versions
     where program_id = $1 and (stage <> 'draft' or id = $2::bigint)
     order by published_at nulls last, stage = 'active', id`,
    [programId, versionId],
    { planning: "prepare" },
  );
  const own = rows.filter(({ id }) => id === versionId);
  const ids = [...rows.filter((row) => !own.includes(row)), ...own].map(({ id }) => id);
  const draft = rows.find(({ stage }) => stage === "draft");
  const versions = await loadVersions(db, ids, draft?.id);
  return {
    questions: documentQuestions(versions.map(({ questions }) => questions)),
    isVersionKnown: own.length > 0,
  };
}

/** Versions in the order of their ids here; a draft is read anew each time. */
async function loadVersions(
  db: Database,
  ids: readonly string[],
  draftId: string | undefined,
): Promise<Version[]> {
  const kept = keptByDatabase.get(db) ?? createBoundedMap<string, Version>(versionsKeptMax);
  keptByDatabase.set(db, kept);
  const known = new Map(ids.map((id) => [id, id === draftId ? undefined : kept.get(id)]));
  const unknownIds = ids.filter((id) => known.get(id) === undefined);
  if (unknownIds.length > 0) {
    const rows = await runSql<{ id: string; definition: string; questions: Question[] }>(
      db,
      "select id, definition, questions from program_versions where id = any($1::bigint[])",
      [unknownIds],
      { planning: "plan" },
    );
    for (const { id, definition, questions } of rows) {
      const version = { questions, description: readDescription(definition) };
      known.set(id, version);
      if (id !== draftId) kept.set(id, version);
    }
  }
  return ids.flatMap((id) => known.get(id) ?? []);
}

/** An export that was imported is sound, but its description was never looked at. */
function readDescription(definition: string): string {
  const { adminDescription } = JSON.parse(definition).program ?? {};
  return typeof adminDescription === "string" ? adminDescription.trim() : "";
}
