/**
 * The `application` object as the API serves it (spec 4): known empty answers become null, static
 * questions go, entities get the questions that their version asks. Nothing else is touched.
 */
import { JsonObject } from "../../../lib/json/object.ts";
import { readJsonString } from "../../../lib/json/text.ts";
import type { ExpectedQuestions } from "../../programs/questions/tree.ts";
import { answerFields } from "../../programs/questions/types.ts";

const fieldsByType: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries(answerFields).map(([type, fields]) => [type, Object.keys(fields)]),
);

/**
 * Changes an answers object in place, and tells whether it did. With the questions of its version its
 * entities are completed; doing so again, or later, changes nothing more.
 */
export function normaliseAnswers(answers: JsonObject, expected?: ExpectedQuestions): boolean {
  let changed = false;
  // Backwards, because static questions are taken out on the way.
  for (let index = answers.names.length - 1; index >= 0; index--) {
    const key = answers.names[index] ?? "";
    const answer = answers.values[index];
    if (!(answer instanceof JsonObject)) continue;
    const type = readJsonString(answer.get("question_type"));
    if (type === "STATIC") {
      answers.delete(key);
      changed = true;
    } else if (type !== undefined && normaliseAnswer(answer, type, expected?.get(key)?.repeated)) {
      changed = true;
    }
  }
  return changed;
}

function normaliseAnswer(
  answer: JsonObject,
  type: string,
  repeated: ExpectedQuestions | undefined,
): boolean {
  let changed = answer.values.includes('""') && emptyToNull(answer, type);
  const entities = type === "ENUMERATOR" ? answer.get("entities") : undefined;
  if (!Array.isArray(entities)) return changed;
  for (const entity of entities) {
    if (entity instanceof JsonObject && normaliseEntity(entity, repeated)) changed = true;
  }
  return changed;
}

/** Only fields that the type is known to have. */
function emptyToNull(answer: JsonObject, type: string): boolean {
  const empty = (fieldsByType.get(type) ?? []).filter((field) => answer.get(field) === '""');
  for (const field of empty) answer.set(field, "null");
  return empty.length > 0;
}

function normaliseEntity(entity: JsonObject, repeated: ExpectedQuestions | undefined): boolean {
  let changed = normaliseAnswers(entity, repeated);
  for (const [key, { unanswered }] of repeated ?? []) {
    if (entity.has(key)) continue;
    // The text of a whole object stands where a scalar's text stands: both are written as they are.
    entity.add(key, unanswered);
    changed = true;
  }
  return changed;
}
