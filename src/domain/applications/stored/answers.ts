/**
 * The `application` object as the API serves it: known empty answers become null, static questions go,
 * entities get the questions that their version asks. Nothing else is touched.
 */
import { isJsonObject, type JsonObject, memberOf, setMember } from "../../../lib/json/text.ts";
import type { ExpectedQuestions } from "../../programs/questions/tree.ts";
import { answerFields } from "../../programs/questions/types.ts";

const fieldsByType: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries(answerFields).map(([type, fields]) => [type, Object.keys(fields)]),
);

/**
 * Changes an answers object in place. With the questions of its version its entities are completed; doing so
 * again, or later, changes nothing more.
 */
export function normaliseAnswers(answers: JsonObject, expected?: ExpectedQuestions): void {
  for (const [key, answer] of Object.entries(answers)) {
    if (!isJsonObject(answer)) continue;
    const type = memberOf(answer, "question_type");
    if (type === "STATIC") delete answers[key];
    else if (typeof type === "string") {
      normaliseAnswer(answer, type, expected?.get(key)?.repeated);
    }
  }
}

function normaliseAnswer(answer: JsonObject, type: string, repeated: ExpectedQuestions | undefined): void {
  // Only fields that the type is known to have.
  for (const field of fieldsByType.get(type) ?? []) {
    if (answer[field] === "") answer[field] = null;
  }
  const entities = type === "ENUMERATOR" ? memberOf(answer, "entities") : undefined;
  if (!Array.isArray(entities)) return;
  for (const entity of entities.filter(isJsonObject)) {
    normaliseAnswers(entity, repeated);
    for (const [key, { unanswered }] of repeated ?? []) {
      if (!Object.hasOwn(entity, key)) setMember(entity, key, JSON.parse(unanswered));
    }
  }
}
