/** Which parts of an application a key sees. Questions are left out here and nowhere else: every answer to a key passes through. */
import {
  isJsonObject,
  type JsonObject,
  type JsonValue,
  memberOf,
  parseStoredJson,
  writeJson,
} from "../../../lib/json/text.ts";
import { createKeyTest, type GrantedQuestions, intermediaryEntry, noteEntry } from "../../access/questions.ts";
import { escapeLineSeparators, metadataFields } from "./head.ts";

/** Which parts of an application are shown. */
export interface Shown {
  /** Whether nothing is hidden: then an application is served as it is stored. */
  readonly isWhole: boolean;
  /** Whether a question is shown, wherever it is asked. */
  readonly hasKey: (key: string) => boolean;
  /** Whether a member of the application that is not an answer is shown. */
  readonly hasField: (name: string) => boolean;
}

/** The fields that are chosen like questions, and their entries among the keys. */
const entries: ReadonlyMap<string, string> = new Map([
  ["application_note", noteEntry],
  ["ti_email", intermediaryEntry],
  ["ti_organization", intermediaryEntry],
]);
const knownFields: ReadonlySet<string> = new Set([...metadataFields, "application"]);

/**
 * Makes the test for what a grant shows. A field that CiviKey does not know is treated like an answer to a question that
 * no version asks: it is hidden when its name is the key of a hidden question.
 */
export function createShown(questions: GrantedQuestions): Shown {
  const hasKey = createKeyTest(questions);
  return {
    isWhole: questions.mode === "all",
    hasKey,
    hasField(name) {
      const entry = entries.get(name);
      if (entry !== undefined) return hasKey(entry);
      return knownFields.has(name) || (questions.mode !== "only" && hasKey(name));
    },
  };
}

/** Removes everything hidden from an application. */
export function removeHidden(application: JsonObject, shown: Shown): void {
  if (shown.isWhole) return;
  removeHiddenFields(application, shown);
  const answers = memberOf(application, "application");
  if (isJsonObject(answers)) removeHiddenAnswers(answers, shown);
}

/** Removes hidden fields from an application, but leaves its answers as they are. */
export function removeHiddenFields(fields: JsonObject, shown: Shown): void {
  if (shown.isWhole) return;
  for (const [name, value] of Object.entries(fields)) {
    if (!shown.hasField(name) || (!knownFields.has(name) && !removeHiddenParts(value, shown))) delete fields[name];
  }
}

/** Removes everything hidden from an application that is JSON text. */
export function writeShown(text: string, shown: Shown): string {
  if (shown.isWhole) return text;
  const application = parseStoredJson(text);
  if (!isJsonObject(application)) throw new Error("an application that is no JSON object");
  removeHidden(application, shown);
  return escapeLineSeparators(writeJson(application));
}

/** Removes hidden questions from answers. */
export function removeHiddenAnswers(answers: JsonObject, shown: Shown): void {
  if (shown.isWhole) return;
  for (const [key, answer] of Object.entries(answers)) {
    if (!shown.hasKey(key) || !removeHiddenParts(answer, shown)) delete answers[key];
  }
}

/**
 * Removes what is hidden inside one answer, whatever type it claims to have. Only entities may contain other questions;
 * any other nested data could hide one, so it is removed. Returns whether the answer itself may stay.
 */
function removeHiddenParts(answer: JsonValue, shown: Shown): boolean {
  if (!isJsonObject(answer)) return isPlain(answer);
  for (const [field, value] of Object.entries(answer)) {
    if (field === "entities" && Array.isArray(value)) answer.entities = removeHiddenFromEntities(value, shown);
    else if (!isPlain(value)) delete answer[field];
  }
  return true;
}

/** Returns the entities without their hidden questions. An entity keeps its name; anything that is not an entity is removed. */
function removeHiddenFromEntities(values: readonly JsonValue[], shown: Shown): JsonObject[] {
  const withName = { ...shown, hasKey: (key: string) => key === "entity_name" || shown.hasKey(key) };
  const entities = values.filter(isJsonObject);
  // An answer where the name belongs is treated like any other answer.
  for (const entity of entities) removeHiddenAnswers(entity, isPlain(entity.entity_name) ? withName : shown);
  return entities;
}

function isPlain(value: JsonValue | undefined): boolean {
  return Array.isArray(value) ? value.every(isScalar) : value === undefined || isScalar(value);
}

function isScalar(value: JsonValue): boolean {
  return !Array.isArray(value) && !isJsonObject(value);
}
