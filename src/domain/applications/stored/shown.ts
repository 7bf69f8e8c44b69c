/** What of an application a key is shown. Nothing else leaves questions out: every answer to a key comes through here. */
import { isJsonObject, type JsonObject, memberOf, parseStoredJson, writeJson } from "../../../lib/json/text.ts";
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

/** Makes the test for what a grant shows. Fields that CiviKey does not know are like answers that no version asks. */
export function createShown(questions: GrantedQuestions): Shown {
  const hasKey = createKeyTest(questions);
  return {
    isWhole: questions.mode === "all",
    hasKey,
    hasField(name) {
      const entry = entries.get(name);
      return entry === undefined ? questions.mode !== "only" || knownFields.has(name) : hasKey(entry);
    },
  };
}

/** Takes everything that is not shown out of an application. */
export function leaveShown(application: JsonObject, shown: Shown): void {
  if (shown.isWhole) return;
  for (const name of Object.keys(application)) if (!shown.hasField(name)) delete application[name];
  const answers = memberOf(application, "application");
  if (isJsonObject(answers)) leaveShownAnswers(answers, shown);
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
    if (!shown.hasKey(key)) delete answers[key];
    else if (isJsonObject(answer)) leaveShownEntities(answer, shown);
  }
}

/** Whatever type the answer says it has. An entity keeps its name; in what is no entity nothing can be told apart. */
function leaveShownEntities(answer: JsonObject, shown: Shown): void {
  const entities = memberOf(answer, "entities");
  if (isJsonObject(entities)) delete answer.entities;
  if (!Array.isArray(entities)) return;
  answer.entities = entities.filter(isJsonObject);
  const ofEntity = { ...shown, hasKey: (key: string) => key === "entity_name" || shown.hasKey(key) };
  for (const entity of entities.filter(isJsonObject)) leaveShownAnswers(entity, ofEntity);
}
