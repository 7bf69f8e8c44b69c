/** What of an application a key is shown. Nothing else leaves questions out: every answer to a key comes through here. */
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
  /** Whether all of it is: then it is served as it is stored. */
  readonly isWhole: boolean;
  /** Whether a question is, wherever it is asked. */
  readonly hasKey: (key: string) => boolean;
  /** Whether a member of the application is that is no answer. */
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
 * Makes the test for what a grant shows. Fields that CiviKey does not know are like answers that no version asks: one
 * with the key of a hidden question is hidden, too.
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

/** Takes everything that is not shown out of an application. */
export function leaveShown(application: JsonObject, shown: Shown): void {
  if (shown.isWhole) return;
  leaveShownFields(application, shown);
  const answers = memberOf(application, "application");
  if (isJsonObject(answers)) leaveShownAnswers(answers, shown);
}

/** Takes them out of an application's fields, but leaves its answers. */
export function leaveShownFields(fields: JsonObject, shown: Shown): void {
  if (shown.isWhole) return;
  for (const [name, value] of Object.entries(fields)) {
    if (!shown.hasField(name) || (!knownFields.has(name) && !leaveShownParts(value, shown))) delete fields[name];
  }
}

/** The same of an application's text. */
export function writeShown(text: string, shown: Shown): string {
  if (shown.isWhole) return text;
  const application = parseStoredJson(text);
  if (!isJsonObject(application)) throw new Error("an application that is no JSON object");
  leaveShown(application, shown);
  return escapeLineSeparators(writeJson(application));
}

/** Takes them out of answers. */
export function leaveShownAnswers(answers: JsonObject, shown: Shown): void {
  if (shown.isWhole) return;
  for (const [key, answer] of Object.entries(answers)) {
    if (!shown.hasKey(key) || !leaveShownParts(answer, shown)) delete answers[key];
  }
}

/**
 * Whatever type the answer says it has, only its entities may hold others: in anything else that is nested nothing can be
 * told apart, so it goes. Tells whether the answer itself may stay.
 */
function leaveShownParts(answer: JsonValue, shown: Shown): boolean {
  if (!isJsonObject(answer)) return isPlain(answer);
  for (const [field, value] of Object.entries(answer)) {
    if (field === "entities" && Array.isArray(value)) answer.entities = leaveShownEntities(value, shown);
    else if (!isPlain(value)) delete answer[field];
  }
  return true;
}

/** An entity keeps its name; what is no entity goes. */
function leaveShownEntities(values: readonly JsonValue[], shown: Shown): JsonObject[] {
  const withName = { ...shown, hasKey: (key: string) => key === "entity_name" || shown.hasKey(key) };
  const entities = values.filter(isJsonObject);
  // An answer in the place of the name is one like the others.
  for (const entity of entities) leaveShownAnswers(entity, isPlain(entity.entity_name) ? withName : shown);
  return entities;
}

function isPlain(value: JsonValue | undefined): boolean {
  return Array.isArray(value) ? value.every(isScalar) : value === undefined || isScalar(value);
}

function isScalar(value: JsonValue): boolean {
  return !Array.isArray(value) && !isJsonObject(value);
}
