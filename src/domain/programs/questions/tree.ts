/** The questions of a program version: their keys, and the tree of repeated questions. */
import { type AnswerType, type QuestionType, unansweredText } from "./types.ts";

/** One choice of a question. Answers name it by its admin name. */
export interface QuestionOption {
  readonly adminName: string;
  readonly text: string;
  /** False for one that applicants are no longer offered. */
  readonly isOffered: boolean;
}

/** A question as CiviKey keeps it: plain JSON, so that a version stores it. */
export interface Question {
  readonly id: number;
  readonly adminName: string;
  readonly key: string;
  readonly type: QuestionType;
  readonly text: string;
  readonly helpText: string;
  /** In definition order; null for a question without choices. */
  readonly options: readonly QuestionOption[] | null;
  /** The enumerator that this question is repeated under. */
  readonly enumeratorId: number | null;
}

/** A question and those that are repeated under it, in block order, to any depth. */
export interface QuestionNode {
  readonly question: Question;
  readonly repeated: readonly QuestionNode[];
}

/** What one question means to an answers object: its type, its unanswered text, and what its entities hold. */
interface ExpectedQuestion {
  readonly type: AnswerType;
  readonly unanswered: string;
  readonly repeated: ExpectedQuestions;
}

/** The questions that an answers object, or an entity, is expected to have, by key. */
export type ExpectedQuestions = ReadonlyMap<string, ExpectedQuestion>;

/** Keys that mean something else inside an entity: no question may have one. */
export const reservedKeys: ReadonlySet<string> = new Set(["entity_name", "entity_metadata"]);

/** The key of a question on the wire: only A–Z, a–z and spaces stay, spaces become `_`, lower case. */
export function questionKey(adminName: string): string {
  return adminName
    .replace(/[^A-Za-z ]/g, "")
    .replaceAll(" ", "_")
    .toLowerCase();
}

/** Puts repeated questions under their enumerators; the order of `questions` stays within a level. */
export function buildQuestionTree(questions: readonly Question[]): QuestionNode[] {
  const byEnumerator = Map.groupBy(questions, (question) => question.enumeratorId);
  const nodesUnder = (enumeratorId: number | null): QuestionNode[] =>
    (byEnumerator.get(enumeratorId) ?? []).map((question) => ({
      question,
      repeated: nodesUnder(question.id),
    }));
  return nodesUnder(null);
}

/** What answers to these questions must have. Of two questions with one key the later wins; static ones are left out. */
export function expectQuestions(nodes: readonly QuestionNode[]): ExpectedQuestions {
  const expected = new Map<string, ExpectedQuestion>();
  for (const { question, repeated } of nodes) {
    const { key, type } = question;
    if (type === "STATIC") continue;
    expected.set(key, {
      type,
      unanswered: unansweredText(type),
      repeated: expectQuestions(repeated),
    });
  }
  return expected;
}
