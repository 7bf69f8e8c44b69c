/**
 * The `application` object as the API serves it (spec 4): known empty answers become null, static
 * questions go, entities get the questions that their version asks. Nothing else is touched.
 */
import { type JsonObject, readJsonString } from "./json-text.ts";
import { answerFields } from "./question-types.ts";
import type { ExpectedQuestions } from "./questions.ts";

const fieldsByType: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries(answerFields).map(([type, fields]) => [type, Object.keys(fields)]),
);

/**
 * Changes an answers object in place. With the questions of its version its entities are completed;
 * doing so again, or later, gives the same.
 */
export function normaliseAnswers(answers: JsonObject, expected?: ExpectedQuestions): void {
  for (const [key, answer] of answers) {
    if (!(answer instanceof Map)) continue;
    const type = readJsonString(answer.get("question_type"));
    if (type === "STATIC") answers.delete(key);
    else normaliseAnswer(answer, type, expected?.get(key)?.repeated);
  }
}

function normaliseAnswer(
  answer: JsonObject,
  type: string | undefined,
  repeated: ExpectedQuestions | undefined,
): void {
  for (const field of fieldsByType.get(type ?? "") ?? []) {
    if (answer.get(field) === '""') answer.set(field, "null");
  }
  if (type !== "ENUMERATOR") return;
  const entities = answer.get("entities");
  if (!Array.isArray(entities)) return;
  for (const entity of entities) {
    if (entity instanceof Map) normaliseEntity(entity, repeated);
  }
}

function normaliseEntity(entity: JsonObject, repeated: ExpectedQuestions | undefined): void {
  normaliseAnswers(entity, repeated);
  for (const [key, { unanswered }] of repeated ?? []) {
    // The text of a whole object stands where a scalar's text stands: both are written as they are.
    if (!entity.has(key)) entity.set(key, unanswered);
  }
}
