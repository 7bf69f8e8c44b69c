/** Programs as their documents describe them: one version, and what all published versions asked. */
import { and, inArray, ne, sql } from "drizzle-orm";
import { createDatabaseCache } from "../../db/cache.ts";
import type { Database } from "../../db/client.ts";
import { runPrepared, runSql } from "../../db/run-sql.ts";
import { programs } from "../../db/schema.ts";
import { DomainError } from "../../lib/errors.ts";
import { externalType } from "../programs/civiform-export.ts";
import { bySlug, findProgramBySlug, type Program, selectPrograms } from "../programs/find.ts";
import { type DocumentedQuestion, documentQuestions } from "../programs/questions/documented.ts";
import { createLimitReader, type LimitReader } from "../programs/questions/limits.ts";
import type { Question } from "../programs/questions/tree.ts";
import { programMatches } from "../programs/search.ts";

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
  /** As in `VersionRow`. */
  readonly digest: string | null;
  readonly limitsOf: LimitReader;
}

/** A version of a program that can be documented. Its questions are not read yet. */
export interface DocumentedVersion
  extends Pick<DocumentedProgram, "slug" | "adminName" | "name" | "stage" | "version"> {
  /** The versions whose questions the docs list; the documented one is the last. */
  readonly versions: readonly VersionRow[];
}

/** What a version was imported as: its export, and the questions that CiviKey read from it, as JSON. */
export type DefinitionTexts = {
  readonly definition: string;
  readonly questions: string;
};

/** What versions are documented as, the last one after the others. */
type Documented = Pick<DocumentedProgram, "description" | "questions">;

/** One row of the versions of a program. */
type VersionRow = {
  readonly id: string;
  readonly stage: string;
  /** Of a draft's definition, because its id may come back with another one; null where the id says it all. */
  readonly digest: string | null;
};

const draftDigest = "case when stage = 'draft' then md5(definition) end as digest";
const versionsKeptMax = 200;
const documentsKeptMax = 32;
/** Published versions never change. */
const keptVersions = createDatabaseCache<string, Version>(versionsKeptMax);
const keptDocuments = createDatabaseCache<string, Documented>(documentsKeptMax);

/** Which programs to list: part of a name or a slug, and where the page before ended. */
export interface DocumentedProgramsQuery {
  readonly search?: string;
  readonly after?: string;
  /** Only those whose active version there is. */
  readonly isActive?: boolean;
  /** Only these; all of them without it. */
  readonly slugs?: readonly string[];
  readonly limit: number;
}

/** The programs that have a version to document, by slug. External ones have no applications. */
export async function listDocumentedPrograms(
  db: Database,
  { search = "", after, isActive = false, slugs, limit }: DocumentedProgramsQuery,
): Promise<{ programs: Program[]; hasMore: boolean }> {
  const found = await selectPrograms(db)
    .where(
      and(
        ne(programs.programType, externalType),
        isActive ? sql`active.id is not null` : sql`coalesce(active.id, draft.id) is not null`,
        search === "" ? undefined : programMatches(search),
        slugs && inArray(programs.slug, [...slugs]),
        after === undefined ? undefined : sql`${programs.slug} collate "C" > ${after}`,
      ),
    )
    .orderBy(bySlug)
    .limit(limit + 1);
  return { programs: found.slice(0, limit), hasMore: found.length > limit };
}

/** A program's version at a stage; undefined when there is none, or the program is external. */
export async function findDocumentedVersion(
  db: Database,
  { slug, stage }: { slug: string; stage: DocumentedStage },
): Promise<DocumentedVersion | undefined> {
  const program = await findProgramBySlug(db, slug);
  if (program === undefined || program.programType === externalType) return undefined;
  const rows = await runPrepared<VersionRow>(
    db,
    `select id, stage, ${draftDigest} from program_versions
     where program_id = $1 and (stage <> 'draft' or $2)
     order by published_at nulls last, id`,
    [program.id, stage === "draft"],
  );
  const documented = rows.find((row) => row.stage === stage);
  if (documented === undefined) return undefined;
  // Whatever the clock said when it was published: the documented version is the last.
  const versions = [...rows.filter((row) => row !== documented), documented];
  return {
    slug: program.slug,
    adminName: program.adminName,
    name: program.name,
    stage,
    version: Number(documented.id),
    versions,
  };
}

/**
 * Reads what a version's docs are made from. Nothing is parsed here: that takes long for thousands of questions.
 * Throws `unavailable` when the draft was replaced meanwhile.
 */
export async function readDefinitions(db: Database, { versions }: DocumentedVersion): Promise<DefinitionTexts[]> {
  const rows = await runSql<VersionRow & DefinitionTexts>(
    db,
    `select id, stage, ${draftDigest}, definition, questions::text as questions
     from program_versions where id = any($1::bigint[])`,
    [versions.map(({ id }) => id)],
  );
  return versions.map(({ id, digest }) => {
    const found = rows.find((row) => row.id === id && (digest === null || row.digest === digest));
    if (found === undefined) {
      throw new DomainError("unavailable", "The draft was replaced.", { retryAfterSeconds: 1 });
    }
    return { definition: found.definition, questions: found.questions };
  });
}

/** The program as its docs describe it. Blocks for seconds when it has thousands of questions. */
export function documentProgram(
  { versions, ...program }: DocumentedVersion,
  definitions: readonly DefinitionTexts[],
): DocumentedProgram {
  return {
    ...program,
    ...describeVersions(definitions.map(({ definition, questions }) => readVersion(definition, JSON.parse(questions)))),
  };
}

/**
 * What the answers of an application can have under each key (the union rule): as its own version
 * asks it, and as the active one does where that version is not known here.
 */
export async function documentAnswers(
  db: Database,
  { programId, versionId }: { programId: number; versionId: string | null },
): Promise<{ questions: readonly DocumentedQuestion[]; isVersionKnown: boolean }> {
  const rows = await runPrepared<VersionRow>(
    db,
    `select id, stage, ${draftDigest} from program_versions
     where program_id = $1 and (stage <> 'draft' or id = $2::bigint)
     order by published_at nulls last, stage = 'active', id`,
    [programId, versionId],
  );
  const own = rows.filter(({ id }) => id === versionId);
  const versions = [...rows.filter((row) => !own.includes(row)), ...own];
  const { questions } = await documentVersions(db, versions);
  return { questions, isVersionKnown: own.length > 0 };
}

function readVersion(definition: string, questions: readonly Question[]) {
  return {
    questions,
    description: readDescription(definition),
    limitsOf: createLimitReader(definition),
  };
}

function describeVersions(versions: readonly Omit<Version, "digest">[]): Documented {
  return {
    description: versions.at(-1)?.description ?? "",
    questions: documentQuestions(
      versions.map(({ questions }) => questions),
      versions.at(-1)?.limitsOf,
    ),
  };
}

/** What the last of these versions is documented as, worked out once. */
async function documentVersions(db: Database, rows: readonly VersionRow[]): Promise<Documented> {
  const kept = keptDocuments(db);
  const key = rows.map(({ id, digest }) => `${id} ${digest ?? ""}`).join();
  const known = kept.get(key);
  if (known !== undefined) return known;
  const draft = rows.find(({ stage }) => stage === "draft");
  const ids = rows.map(({ id }) => id);
  const versions = await loadVersions(db, ids, draft?.id);
  const documented = describeVersions(versions);
  // A draft that was replaced since its digest was read is shown, but not kept under that digest.
  if (rows.every(({ digest }, index) => versions[index]?.digest === digest)) {
    kept.set(key, documented);
  }
  return documented;
}

/** Versions in the order of their ids here; a draft is read anew each time. */
async function loadVersions(db: Database, ids: readonly string[], draftId: string | undefined): Promise<Version[]> {
  const kept = keptVersions(db);
  const known = new Map(ids.map((id) => [id, id === draftId ? undefined : kept.get(id)]));
  const unknownIds = ids.filter((id) => known.get(id) === undefined);
  if (unknownIds.length > 0) {
    const rows = await runSql<{ id: string; definition: string; questions: Question[] }>(
      db,
      "select id, definition, questions from program_versions where id = any($1::bigint[])",
      [unknownIds],
    );
    for (const { id, definition, questions } of rows) {
      const version = {
        ...readVersion(definition, questions),
        digest: id === draftId ? digestOf(definition) : null,
      };
      known.set(id, version);
      if (id !== draftId) kept.set(id, version);
    }
  }
  return ids.flatMap((id) => known.get(id) ?? []);
}

/** What `draftDigest` is in the database. */
function digestOf(definition: string): string {
  return new Bun.CryptoHasher("md5").update(definition).digest("hex");
}

/** An export that was imported is sound, but its description was never looked at. */
function readDescription(definition: string): string {
  const { adminDescription } = JSON.parse(definition).program ?? {};
  return typeof adminDescription === "string" ? adminDescription.trim() : "";
}
