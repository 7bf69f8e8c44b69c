/** Makes stored answers whole when they are read: the union rule, and versions that came later (spec 4, spec 5). */
import type { Database } from "../db/client.ts";
import { appendAnswers, missingAnswers } from "./answer-union.ts";
import { normaliseAnswers } from "./answers.ts";
import { type ApplicationShape, loadShapes } from "./application-shapes.ts";
import { type BoundedMap, createBoundedMap } from "./bounded-map.ts";
import { JsonObject } from "./json-object.ts";
import { parseJsonText, writeJsonText } from "./json-text.ts";
import type { ExpectedQuestions } from "./questions.ts";
import type { ProgramQuestions } from "./version-questions.ts";

/** What the answers of one shape need. */
export interface Completion {
  /** Members for their end. */
  readonly missing: string;
  /** The questions for their entities, when those were not known at import. */
  readonly entityQuestions: ExpectedQuestions | undefined;
}

const missingKeptMax = 2000;
/** What is missing depends on a shape and on the published versions, and both never change. */
const keptByDatabase = new WeakMap<Database, BoundedMap<string, string>>();

/** Works out the completion of each shape; of shapes met before it is known. */
export async function loadCompletions(
  db: Database,
  input: { shapeIds: ReadonlySet<string>; questions: ProgramQuestions },
): Promise<ReadonlyMap<string, Completion>> {
  const kept = keptByDatabase.get(db) ?? createBoundedMap<string, string>(missingKeptMax);
  keptByDatabase.set(db, kept);
  const { versions } = input.questions;
  const published = versions.filter(({ isPublished }) => isPublished);
  const publishedIds = published.map(({ id }) => id).join();
  const completions = new Map<string, Completion>();
  for (const [id, shape] of await loadShapes(db, input.shapeIds)) {
    const own = versions.find((version) => version.id === shape.programVersionId);
    // A draft may still change: what depends on one is worked out each time.
    const isLasting = own === undefined || own.isPublished;
    const name = `${id} ${publishedIds}`;
    const missing =
      (isLasting ? kept.get(name) : undefined) ??
      missingAnswers({
        storedKeys: new Set(shape.questionKeys),
        published: published.map(({ expected }) => expected),
        own: own?.expected,
      });
    if (isLasting) kept.set(name, missing);
    completions.set(id, { missing, entityQuestions: lateQuestions(shape, own?.expected) });
  }
  return completions;
}

function lateQuestions(shape: ApplicationShape, own: ExpectedQuestions | undefined) {
  return shape.completedBy === "import" ? own : undefined;
}

/** Answers as the API serves them. */
export function completeAnswers(answers: string, completion: Completion | undefined): string {
  if (completion === undefined) return answers;
  const { entityQuestions, missing } = completion;
  return appendAnswers(
    entityQuestions ? completeEntities(answers, entityQuestions) : answers,
    missing,
  );
}

/** The slow way, for the few that were imported before their version. */
function completeEntities(text: string, expected: ExpectedQuestions): string {
  const answers = parseJsonText(text);
  if (!(answers instanceof JsonObject)) return text;
  normaliseAnswers(answers, expected);
  return writeJsonText(answers);
}
