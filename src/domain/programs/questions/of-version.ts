/** The questions that a program's versions expect of answers. Those of published versions never change, and are kept. */
import { createDatabaseCache } from "../../../db/cache.ts";
import type { Database } from "../../../db/client.ts";
import { runPrepared, runSql } from "../../../db/run-sql.ts";
import { takeTurns } from "../../../lib/limits/turns.ts";
import { buildQuestionTree, type ExpectedQuestions, expectQuestions, type Question } from "./tree.ts";

/** One version, as far as answers go. */
interface VersionQuestions {
  readonly id: string;
  readonly isPublished: boolean;
  readonly expected: ExpectedQuestions;
}

/** A program's versions in version order, the draft last. */
export interface ProgramQuestions {
  readonly adminName: string;
  readonly versions: readonly VersionQuestions[];
}

const versionsKeptMax = 500;
const keptQuestions = createDatabaseCache<string, ExpectedQuestions>(versionsKeptMax);

/** Loads them with one query, and a second one for versions that this process has not seen. */
export async function loadProgramQuestions(db: Database, programId: number): Promise<ProgramQuestions> {
  const rows = await runPrepared<{ admin_name: string; id: string | null; stage: string }>(
    db,
    `select admin_name, version.id, stage
     from programs left join program_versions version on program_id = programs.id
     where programs.id = $1 order by published_at nulls last, stage = 'active', version.id`,
    [programId],
  );
  const kept = keptQuestions(db);
  const ids = rows.flatMap(({ id }) => id ?? []);
  const isDraft = new Set(rows.filter(({ stage }) => stage === "draft").map(({ id }) => id));
  const loaded = await loadQuestions(
    db,
    ids.filter((id) => isDraft.has(id) || kept.get(id) === undefined),
  );
  const versions = ids.flatMap((id) => {
    const isPublished = !isDraft.has(id);
    const expected = loaded.get(id) ?? kept.get(id);
    if (expected === undefined) return [];
    if (isPublished) kept.set(id, expected);
    return [{ id, isPublished, expected }];
  });
  return { adminName: rows[0]?.admin_name ?? "", versions };
}

async function loadQuestions(db: Database, ids: readonly string[]): Promise<Map<string, ExpectedQuestions>> {
  if (ids.length === 0) return new Map();
  const rows = await runSql<{ id: string; questions: Question[] }>(
    db,
    "select id, questions from program_versions where id = any($1::bigint[])",
    [ids],
  );
  const expected = new Map<string, ExpectedQuestions>();
  const turn = takeTurns();
  for (const { id, questions } of rows) {
    expected.set(id, expectQuestions(buildQuestionTree(questions)));
    await turn();
  }
  return expected;
}
