/** The questions of one version, as submitted answers are checked against them. */
import { createDatabaseCache } from "../../../db/cache.ts";
import type { Database } from "../../../db/client.ts";
import { runSql } from "../../../db/run-sql.ts";
import { takeTurns } from "../../../lib/limits/turns.ts";
import { type AnswerLimits, createLimitReader, type LimitReader } from "./limits.ts";
import { buildQuestionTree, type Question, type QuestionNode } from "./tree.ts";
import type { AnswerType } from "./types.ts";

/** One question that has answers. */
export interface AskedQuestion {
  readonly type: AnswerType;
  /** What can be chosen, in the question's order; empty for a question without choices. */
  readonly offered: ReadonlySet<string>;
  /** What could be chosen once. */
  readonly withdrawn: ReadonlySet<string>;
  readonly limits: AnswerLimits;
  /** Those that each entity of an enumerator answers. */
  readonly repeated: AskedQuestions;
}

/** Questions by key, in block order. */
export type AskedQuestions = ReadonlyMap<string, AskedQuestion>;

/** What a version asks. Of two questions with one key, the later counts. */
export function askQuestions(questions: readonly Question[], limitsOf: LimitReader): AskedQuestions {
  const askLevel = (nodes: readonly QuestionNode[]): AskedQuestions => {
    const asked = new Map<string, AskedQuestion>();
    for (const { question, repeated } of nodes) {
      const { key, type, options } = question;
      if (type === "STATIC") continue;
      const namesOf = (isOffered: boolean) =>
        new Set(options?.filter((o) => o.isOffered === isOffered).map((o) => o.adminName));
      asked.set(key, {
        type,
        offered: namesOf(true),
        withdrawn: namesOf(false),
        limits: limitsOf({ id: question.id, type }),
        repeated: askLevel(repeated),
      });
    }
    return asked;
  };
  return askLevel(buildQuestionTree(questions));
}

const versionsKeptMax = 100;
/** Published versions never change. */
const keptQuestions = createDatabaseCache<number, AskedQuestions>(versionsKeptMax);

/** What a published version asks; read once by each process. */
export async function loadAskedQuestions(db: Database, versionId: number): Promise<AskedQuestions> {
  const kept = keptQuestions(db);
  const known = kept.get(versionId);
  if (known !== undefined) return known;
  const [version] = await runSql<{ definition: string; questions: Question[] }>(
    db,
    "select definition, questions from program_versions where id = $1",
    [versionId],
  );
  if (version === undefined) throw new Error(`There is no version ${versionId}`);
  const turn = takeTurns();
  const limitsOf = createLimitReader(version.definition);
  await turn();
  const asked = askQuestions(version.questions, limitsOf);
  await turn();
  kept.set(versionId, asked);
  return asked;
}
