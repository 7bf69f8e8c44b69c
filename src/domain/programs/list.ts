/** Programs as people see them: page by page, each with its versions, its keys and its applications. */
import { and, count, eq, gt, inArray, isNull, max, type SQL, sql } from "drizzle-orm";
import type { Database } from "../../db/client.ts";
import { createListing } from "../../db/keyset.ts";
import { apiKeys, grants, programs, programVersions } from "../../db/schema.ts";
import type { Listing } from "../../lib/keyset.ts";
import { programNotFound } from "../access/grants.ts";
import { covers, isCovered, type ProgramReader } from "../access/people/roles.ts";
import { type ApplicationCount, countApplications } from "./application-counts.ts";
import { externalType } from "./civiform-export.ts";
import { getProgramBySlug, type Program, selectPrograms, slugKey } from "./find.ts";
import { hasVersion, programMatches } from "./search.ts";

/** One program, with what belongs to it counted. */
export interface DescribedProgram extends Program {
  /** An external program has no applications and no grants. */
  readonly isExternal: boolean;
  /** When the active version was published; null without one. */
  readonly publishedAt: Date | null;
  /** When the draft was imported; null without one. */
  readonly draftedAt: Date | null;
  readonly versionCount: number;
  /** How many active keys may read its applications. */
  readonly readerCount: number;
  readonly applications: ApplicationCount;
}

/** Which programs to list. */
interface ProgramFilter {
  /** A program admin finds only their own. */
  readonly actor: ProgramReader;
  /** Part of the name, the admin name or the slug, in any case, or the id of a version. */
  readonly search: string;
  /** Only programs that can have applications: with an active version, and not external. */
  readonly isServed?: boolean;
}

/** In a list a manager wants to know whether there are few or many. */
const listedApplicationsMax = 1000;
const describedApplicationsMax = 10_000;

/** The list of programs, by slug, which a place is, too. */
export function programListing(
  db: Database,
  { filter, now }: { filter: ProgramFilter; now: Date },
): Listing<DescribedProgram, string> {
  return createListing(db, {
    order: { keys: [slugKey], isDescending: false, valuesAt: (slug) => [slug] },
    conditions: conditionsOf(filter),
    async select({ where, orderBy, limit }) {
      const found = await selectPrograms(db)
        .where(where)
        .orderBy(...orderBy)
        .limit(limit);
      return describePrograms(db, found, { applicationsMax: listedApplicationsMax, now });
    },
    ids: () => db.select({ id: programs.id }).from(programs),
    placeOf: ({ slug }) => slug,
  });
}

/** One program with what belongs to it. Throws `not_found`, also when `actor` may not see it. */
export async function getDescribedProgram(
  db: Database,
  { slug, actor, now }: { slug: string; actor: ProgramReader; now: Date },
): Promise<DescribedProgram> {
  const program = await getProgramBySlug(db, slug);
  if (!covers(actor, program.id)) throw programNotFound(slug);
  const applicationsMax = describedApplicationsMax;
  const [described] = await describePrograms(db, [program], { applicationsMax, now });
  if (described === undefined) throw new Error("a program without a description");
  return described;
}

async function describePrograms(
  db: Database,
  found: readonly Program[],
  input: { applicationsMax: number; now: Date },
): Promise<DescribedProgram[]> {
  const programIds = found.map(({ id }) => id);
  if (programIds.length === 0) return [];
  const [versions, readers, applications] = await Promise.all([
    summarizeVersions(db, programIds),
    countReaders(db, programIds, input.now),
    countApplications(db, { programIds, countMax: input.applicationsMax }),
  ]);
  return found.map((program) => ({
    ...program,
    isExternal: program.programType === externalType,
    publishedAt: versions.get(program.id)?.publishedAt ?? null,
    draftedAt: versions.get(program.id)?.draftedAt ?? null,
    versionCount: versions.get(program.id)?.versionCount ?? 0,
    readerCount: readers.get(program.id)?.readerCount ?? 0,
    applications: applications.get(program.id) ?? { count: 0, hasMore: false, newestAt: null },
  }));
}

async function summarizeVersions(db: Database, programIds: number[]) {
  const { programId, stage, publishedAt, importedAt } = programVersions;
  const rows = await db
    .select({
      programId,
      versionCount: count(),
      publishedAt: max(sql`case when ${stage} = 'active' then ${publishedAt} end`).mapWith(publishedAt),
      draftedAt: max(sql`case when ${stage} = 'draft' then ${importedAt} end`).mapWith(importedAt),
    })
    .from(programVersions)
    .where(inArray(programId, programIds))
    .groupBy(programId);
  return new Map(rows.map((row) => [row.programId, row]));
}

async function countReaders(db: Database, programIds: number[], now: Date) {
  const works = and(isNull(apiKeys.retiredAt), gt(apiKeys.expiration, now));
  const rows = await db
    .select({
      programId: grants.programId,
      // Not in the WHERE: without fresh statistics PostgreSQL takes working keys for few, and reads all of them for each grant.
      readerCount: count(sql`case when ${works} then 1 end`),
    })
    .from(grants)
    .innerJoin(apiKeys, eq(apiKeys.id, grants.apiKeyId))
    .where(and(inArray(grants.programId, programIds), eq(grants.permission, "READ")))
    .groupBy(grants.programId);
  return new Map(rows.map((row) => [row.programId, row]));
}

function conditionsOf({ actor, search, isServed }: ProgramFilter): SQL | undefined {
  return and(
    isCovered(actor, programs.id),
    search === "" ? undefined : programMatches(search),
    isServed ? sql`${programs.programType} <> ${externalType} and ${hasVersion(sql`stage = 'active'`)}` : undefined,
  );
}
