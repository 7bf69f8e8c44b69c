/** The programs that an API key may be granted: all of them while they are few, else those that a search finds. */
import { and, inArray, ne, notInArray, type SQL, sql } from "drizzle-orm";
import type { Database } from "../../db/client.ts";
import { programs } from "../../db/schema.ts";
import { externalType } from "./civiform-export.ts";
import { bySlug, findProgramBySlug, selectPrograms } from "./find.ts";
import { programMatches } from "./search.ts";

/** A program that a key may be granted. */
interface GrantableProgram {
  readonly name: string;
  readonly slug: string;
  /** Whether it has an active version; a key may be prepared before its program is published. */
  readonly isPublished: boolean;
}

/** What a form offers to choose from; each list is by name. */
export interface ProgramOffer {
  /** Those that are chosen; none while all programs are few, and among `found` then. */
  readonly chosen: readonly GrantableProgram[];
  /** All programs, or the first ones that the search finds and that are not chosen. */
  readonly found: readonly GrantableProgram[];
  /** How many there are to be found, `found` included. */
  readonly foundCount: number;
  /** Whether there are too many to list all of them, so that they are searched for. */
  readonly areMany: boolean;
}

/** Up to this many programs a form lists all. */
const listedMax = 30;
const foundMax = 20;
const isNotExternal = ne(programs.programType, externalType);

/**
 * What to offer for the programs that are chosen by now (slugs; one that is no program's is left out)
 * and a search for a part of a name or a slug. External programs are never offered.
 */
export async function offerPrograms(
  db: Database,
  input: { chosen: readonly string[]; search: string },
): Promise<ProgramOffer> {
  const all = await listGrantable(db, isNotExternal, listedMax + 1);
  if (all.length <= listedMax) {
    return { chosen: [], found: all, foundCount: all.length, areMany: false };
  }
  const slugs = [...input.chosen];
  const others = and(
    isNotExternal,
    slugs.length === 0 ? undefined : notInArray(programs.slug, slugs),
    input.search === "" ? undefined : programMatches(input.search),
  );
  const [chosen, found, foundCount] = await Promise.all([
    slugs.length === 0 ? [] : listGrantable(db, and(isNotExternal, inArray(programs.slug, slugs))),
    listGrantable(db, others, foundMax),
    db.$count(programs, others),
  ]);
  return { chosen, found, foundCount, areMany: true };
}

/** Tells whether a key may be granted the program with this slug. */
export async function isGrantable(db: Database, slug: string): Promise<boolean> {
  const program = await findProgramBySlug(db, slug);
  return program !== undefined && program.programType !== externalType;
}

/** All of them, by name. */
export function listGrantablePrograms(db: Database): Promise<GrantableProgram[]> {
  return listGrantable(db, isNotExternal);
}

async function listGrantable(db: Database, where: SQL | undefined, limit?: number): Promise<GrantableProgram[]> {
  const query = selectPrograms(db).where(where).orderBy(sql`lower(${programs.name})`, bySlug);
  const found = await (limit === undefined ? query : query.limit(limit));
  return found.map(({ name, slug, activeVersionId }) => ({ name, slug, isPublished: activeVersionId !== null }));
}
