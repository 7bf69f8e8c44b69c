/** The programs that a key has grants on, as the API shows them to it. */
import { inArray } from "drizzle-orm";
import type { Database } from "../../db/client.ts";
import { runPrepared } from "../../db/run-sql.ts";
import { programs } from "../../db/schema.ts";
import { DomainError } from "../../lib/errors.ts";
import type { Grant, GrantedProgram, Permission } from "../access/grants.ts";
import { allQuestions, type GrantedQuestions } from "../access/questions.ts";
import { externalType } from "./civiform-export.ts";
import { bySlug, selectPrograms } from "./find.ts";

/** A program that a key has grants on, as the API shows it to that key. */
interface GrantedProgramSummary {
  readonly name: string;
  readonly slug: string;
  readonly permissions: readonly Permission[];
  readonly activeVersionId: number | null;
  /** What READ shows. */
  readonly questions: GrantedQuestions;
}

/** What a key may do where, by slug; the grants are the key's own. */
export async function listGrantedPrograms(db: Database, grants: readonly Grant[]): Promise<GrantedProgramSummary[]> {
  const held = Map.groupBy(grants, (grant) => grant.slug);
  const found = await selectPrograms(db)
    .where(inArray(programs.slug, [...held.keys()]))
    .orderBy(bySlug);
  return found.map(({ name, slug, activeVersionId }) => ({
    name,
    slug,
    permissions: (held.get(slug) ?? []).map((grant) => grant.permission).sort(),
    activeVersionId,
    questions: held.get(slug)?.find(({ permission }) => permission === "READ")?.questions ?? allQuestions,
  }));
}

/**
 * The id of the program's active version. Throws `invalid` when it has none, or when the program is
 * external: only callers with a grant get this message.
 */
export async function requireActiveProgram(
  db: Database,
  program: GrantedProgram,
): Promise<{ activeVersionId: number }> {
  const [version] = await runPrepared<{ id: string }>(
    db,
    `select version.id from program_versions version join programs on programs.id = program_id
     where program_id = $1 and stage = 'active' and program_type <> $2`,
    [program.programId, externalType],
  );
  if (version === undefined) {
    throw new DomainError("invalid", `Program not found for slug: ${program.slug}`);
  }
  return { activeVersionId: Number(version.id) };
}
