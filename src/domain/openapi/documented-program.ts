/** Programs as their documents describe them: one version, and what all published versions asked. */
import { and, inArray, ne, sql } from "drizzle-orm";
import type { Database } from "../../db/client.ts";
import { createListing } from "../../db/keyset.ts";
import { runPrepared, runSql } from "../../db/run-sql.ts";
import { programs } from "../../db/schema.ts";
import { DomainError } from "../../lib/errors.ts";
import type { Listing } from "../../lib/keyset.ts";
import type { GrantedQuestions } from "../access/questions.ts";
import { createShown, type Shown } from "../applications/stored/shown.ts";
import { externalType } from "../programs/civiform-export.ts";
import { findProgramBySlug, type Program, selectPrograms, slugKey } from "../programs/find.ts";
import { type DocumentedQuestion, documentQuestions } from "../programs/questions/documented.ts";
import { createLimitReader } from "../programs/questions/limits.ts";
import type { Question } from "../programs/questions/tree.ts";
import { hasVersion, programMatches } from "../programs/search.ts";

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
  /** Those that the reader is shown. */
  readonly questions: readonly DocumentedQuestion[];
  /** What else of an application the reader is shown. */
  readonly shown: Pick<Shown, "hasField">;
}

/** A version of a program that can be documented. Its questions are not read yet. */
export interface DocumentedVersion
  extends Pick<DocumentedProgram, "slug" | "adminName" | "name" | "stage" | "version"> {
  /** The versions whose questions the docs list; the documented one is the last. */
  readonly versions: readonly VersionRow[];
}

/** What docs are made from: the export of the documented version, and what CiviKey read of the questions of each, as JSON. */
export interface DefinitionTexts {
  readonly definition: string;
  /** In the order of the versions. */
  readonly questions: readonly string[];
}

/** One row of the versions of a program. */
interface VersionRow {
  readonly id: string;
  readonly stage: string;
  /** Of a draft's definition, because its id may come back with another one; null where the id says it all. */
  readonly digest: string | null;
}

const draftDigest = "case when stage = 'draft' then md5(definition) end as digest";

/** Which programs to list. */
export interface DocumentedProgramsFilter {
  /** Part of a name or a slug. */
  readonly search?: string;
  /** Only those whose active version there is. */
  readonly isActive?: boolean;
  /** Only these; all of them without it. */
  readonly slugs?: readonly string[];
}

/** The programs that have a version to document, by slug, which a place is, too. External ones have no applications. */
export function documentedProgramListing(
  db: Database,
  { search = "", isActive = false, slugs }: DocumentedProgramsFilter,
): Listing<Program, string> {
  return createListing(db, {
    order: { keys: [slugKey], isDescending: false, valuesAt: (slug) => [slug] },
    conditions: and(
      ne(programs.programType, externalType),
      hasVersion(isActive ? sql`stage = 'active'` : sql`stage in ('active', 'draft')`),
      search === "" ? undefined : programMatches(search, { withDrafts: !isActive }),
      slugs && inArray(programs.slug, [...slugs]),
    ),
    select: async ({ where, orderBy, limit }) =>
      selectPrograms(db)
        .where(where)
        .orderBy(...orderBy)
        .limit(limit),
    ids: () => db.select({ id: programs.id }).from(programs),
    placeOf: ({ slug }) => slug,
  });
}

/** The programs whose active version has a thousand questions or so: by slug, the largest first. */
export async function listLargePrograms(db: Database, { limit }: { limit: number }): Promise<string[]> {
  // As PostgreSQL keeps them: nothing has to be read for that.
  const rows = await runPrepared<{ slug: string }>(
    db,
    `select slug from programs join program_versions version on program_id = programs.id
     where stage = 'active' and pg_column_size(questions) > ${largeBytesMin}
     order by pg_column_size(questions) desc limit $1`,
    [limit],
  );
  return rows.map(({ slug }) => slug);
}

/** Of the questions of a version, compressed. */
const largeBytesMin = 32 * 1024;

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
  const { adminName, name } = program;
  return { slug, adminName, name, stage, version: Number(documented.id), versions };
}

/**
 * Reads what a version's docs are made from. Nothing is parsed here: that takes long for thousands of questions.
 * Throws `unavailable` when the draft was replaced meanwhile.
 */
export async function readDefinitions(
  db: Database,
  { version, versions }: DocumentedVersion,
): Promise<DefinitionTexts> {
  const rows = await runSql<VersionRow & { definition: string | null; questions: string }>(
    db,
    `select id, stage, ${draftDigest}, case when id = $2 then definition end as definition, questions::text as questions
     from program_versions where id = any($1::bigint[])`,
    [versions.map(({ id }) => id), version],
  );
  const found = versions.flatMap(
    ({ id, digest }) => rows.find((row) => row.id === id && (digest === null || row.digest === digest)) ?? [],
  );
  const definition = found.at(-1)?.definition;
  if (found.length < versions.length || !definition) {
    throw new DomainError("unavailable", "The draft was replaced.", { retryAfterSeconds: 1 });
  }
  return { definition, questions: found.map(({ questions }) => questions) };
}

/** The program as its docs describe it. Blocks for seconds when it has thousands of questions. */
export function documentProgram(
  { versions, ...program }: DocumentedVersion,
  { definition, questions }: DefinitionTexts,
  granted: GrantedQuestions,
): DocumentedProgram {
  const shown = createShown(granted);
  const withoutHidden = (level: readonly DocumentedQuestion[]): DocumentedQuestion[] =>
    level
      .filter(({ key }) => shown.hasKey(key))
      .map((documented) => ({ ...documented, repeated: withoutHidden(documented.repeated) }));
  const asked = questions.map((text): Question[] => JSON.parse(text));
  // An export that was imported is sound, but its description was never looked at.
  const { adminDescription } = JSON.parse(definition).program ?? {};
  return {
    ...program,
    description: typeof adminDescription === "string" ? adminDescription.trim() : "",
    questions: withoutHidden(documentQuestions(asked, createLimitReader(definition))),
    shown,
  };
}
