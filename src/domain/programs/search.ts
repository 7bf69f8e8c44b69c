/** Searching programs by name, slug or version id. */
import { or, type SQL, sql } from "drizzle-orm";
import { contains } from "../../db/contains.ts";
import { programs, programVersions } from "../../db/schema.ts";

/**
 * Whether a program has this in its name, admin name or slug, in any case, or a version of this id; of drafts,
 * strangers learn nothing.
 */
export function programMatches(search: string, { withDrafts = true } = {}): SQL | undefined {
  return or(
    contains(programs.name, search),
    contains(programs.adminName, search),
    contains(programs.slug, search),
    /^\d{1,15}$/.test(search)
      ? hasVersion(sql`program_versions.id = ${Number(search)} and (stage <> 'draft' or ${withDrafts})`)
      : undefined,
  );
}

/** A condition: the program has a version for which `condition` holds. */
export function hasVersion(condition: SQL): SQL {
  return sql`exists (select 1 from ${programVersions}
    where ${programVersions.programId} = ${programs.id} and ${condition})`;
}
