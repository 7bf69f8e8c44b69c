/** The questions in a program's API docs: those of one version, and what earlier versions asked. */
import { createDatabaseCache } from "../../../db/cache.ts";
import type { Database } from "../../../db/client.ts";
import { runPrepared, runSql } from "../../../db/run-sql.ts";
import { type AnswerLimits, type LimitReader, noLimits } from "./limits.ts";
import { buildQuestionTree, type Question, type QuestionNode } from "./tree.ts";
import type { AnswerType } from "./types.ts";

/** A question that has answers: any but a static one. */
type AnsweredQuestion = Question & { readonly type: AnswerType };

/** What an answers object or an entity can have under one key. */
export interface DocumentedQuestion {
  readonly key: string;
  /** As the documented version asks it, or the latest that did. */
  readonly question: AnsweredQuestion;
  /** False for one that only earlier versions asked. */
  readonly isAsked: boolean;
  /** The types that the question has had, the latest first. */
  readonly types: readonly AnswerType[];
  readonly options: DocumentedOptions;
  /** What the documented version takes as an answer. */
  readonly limits: AnswerLimits;
  /** Other questions of the documented version with the same key: answers have only the last of them. */
  readonly hiddenNames: readonly string[];
  /** Those in the entities of an enumerator. */
  readonly repeated: readonly DocumentedQuestion[];
}

/** The options of a question by admin name; both lists are empty for a question without choices. */
interface DocumentedOptions {
  readonly current: readonly string[];
  /** No longer offered, but older answers may have them. */
  readonly earlier: readonly string[];
}

interface AnsweredNode extends QuestionNode {
  readonly question: AnsweredQuestion;
}

/**
 * Documents the last of these versions, with every question that any of them asked: its own questions
 * in its order, then those that only earlier versions asked, the latest first. Of two questions with one key in a
 * version the later counts. `limitsOf` reads the limits of the documented version.
 */
export function documentQuestions(
  versions: readonly (readonly Question[])[],
  limitsOf: LimitReader = () => noLimits,
): DocumentedQuestion[] {
  return documentLevel(versions.map(buildQuestionTree).reverse(), limitsOf);
}

const answersKeptMax = 32;
/** By the ids of versions: published ones never change. */
const keptAnswers = createDatabaseCache<string, readonly DocumentedQuestion[]>(answersKeptMax);

/**
 * What the answers of an application can have under each key (the union rule): as its own version
 * asks it, and as the active one does where that version is not known here. Without limits.
 */
export async function documentAnswers(
  db: Database,
  { programId, versionId }: { programId: number; versionId: string | null },
): Promise<{ questions: readonly DocumentedQuestion[]; isVersionKnown: boolean }> {
  const rows = await runPrepared<{ id: string; stage: string }>(
    db,
    `select id, stage from program_versions where program_id = $1 and (stage <> 'draft' or id = $2::bigint)
     order by id is not distinct from $2::bigint, published_at nulls last, stage = 'active', id`,
    [programId, versionId],
  );
  const ids = rows.map(({ id }) => id);
  const isLasting = rows.every(({ stage }) => stage !== "draft");
  const known = isLasting ? keptAnswers(db).get(ids.join()) : undefined;
  const questions = known ?? documentQuestions(await readQuestions(db, ids));
  if (isLasting) keptAnswers(db).set(ids.join(), questions);
  return { questions, isVersionKnown: ids.at(-1) === versionId };
}

async function readQuestions(db: Database, versionIds: readonly string[]): Promise<Question[][]> {
  const rows = await runSql<{ questions: Question[] }>(
    db,
    "select questions from program_versions where id = any($1::bigint[]) order by array_position($1::bigint[], id)",
    [versionIds],
  );
  return rows.map(({ questions }) => questions);
}

/** `levels` are what each version asks here, the documented version first. */
function documentLevel(levels: readonly (readonly QuestionNode[])[], limitsOf: LimitReader): DocumentedQuestion[] {
  if (levels.every((nodes) => nodes.length === 0)) return [];
  const [asked, ...earlier] = levels.map((nodes) =>
    Map.groupBy(nodes.filter(isAnswered), ({ question }) => question.key),
  );
  if (asked === undefined) return [];
  const versions = [asked, ...earlier];
  const keys = new Set(versions.flatMap((nodesByKey) => [...nodesByKey.keys()]));
  return [...keys].flatMap((key) => {
    const counting = versions.map((nodesByKey) => nodesByKey.get(key)?.at(-1));
    const questions = counting.flatMap((node) => node?.question ?? []);
    const [question] = questions;
    if (question === undefined) return [];
    return {
      key,
      question,
      isAsked: asked.has(key),
      types: [...new Set(questions.map(({ type }) => type))],
      options: documentOptions(questions),
      limits: limitsOf(question),
      hiddenNames:
        asked
          .get(key)
          ?.slice(0, -1)
          .map((node) => node.question.adminName) ?? [],
      repeated: documentLevel(
        counting.map((node) => node?.repeated ?? []),
        limitsOf,
      ),
    };
  });
}

function isAnswered(node: QuestionNode): node is AnsweredNode {
  return node.question.type !== "STATIC";
}

const noOptions: DocumentedOptions = { current: [], earlier: [] };

/** `questions` are one question in its versions, the documented one first. */
function documentOptions(questions: readonly Question[]): DocumentedOptions {
  if (questions.every(({ options }) => options === null)) return noOptions;
  const options = questions.map((question) => question.options ?? []);
  const current = options[0]?.flatMap(({ adminName, isOffered }) => (isOffered ? adminName : []));
  const offered = new Set(current);
  const known = new Set(options.flat().map(({ adminName }) => adminName));
  return { current: [...offered], earlier: [...known].filter((name) => !offered.has(name)) };
}
