/** The schemas of one program: typed answers to the questions of every published version. */
import type { DocumentedQuestion } from "../programs/questions/documented.ts";
import { answerSchema } from "./answer-schemas.ts";
import { applicationSchemas } from "./application-schemas.ts";
import { objectOf, ref, type Schema, type Schemas } from "./schema.ts";
import { submittedAnswersSchema, submittedEntitySchema } from "./submitted-schemas.ts";

/** Every schema that the documents of a program need, by name. */
export function programSchemas(questions: readonly DocumentedQuestion[]): Schemas {
  const entities = new Map<string, Schema>();
  const answers = objectOf(answerProperties(questions, entities), {
    description: "Answers by question key.",
  });
  const submittedAnswers = submittedAnswersSchema(questions, (key, repeated) =>
    addSubmittedEntity(key, repeated, entities),
  );
  return {
    ...applicationSchemas({ answers, submittedAnswers }),
    ...Object.fromEntries(entities),
  };
}

function answerProperties(questions: readonly DocumentedQuestion[], entities: Map<string, Schema>): Schemas {
  return Object.fromEntries(questions.map((question) => [question.key, questionSchema(question, entities)]));
}

function questionSchema(documented: DocumentedQuestion, entities: Map<string, Schema>): Schema {
  const { key, question, types, repeated, isAsked } = documented;
  const description = [question.text, isAsked ? "" : "Only in earlier versions; unanswered in newer applications."];
  const details = {
    title: question.adminName,
    description: description.filter((sentence) => sentence !== "").join("\n\n"),
    choices: describeOptions(documented),
    entity: types.includes("ENUMERATOR") ? addEntity(key, repeated, entities) : {},
  };
  const [first, ...others] = types.map((type) => answerSchema(type, details));
  return others.length === 0 ? (first ?? {}) : { anyOf: [first ?? {}, ...others] };
}

/**
 * Schemas of entities have names and lie side by side, so that a document is never nested deeply.
 * Entities have the questions of their own version only, so none of them is always there.
 */
function addEntity(key: string, repeated: readonly DocumentedQuestion[], entities: Map<string, Schema>): Schema {
  const name = freeName(`${key}_entity`, entities);
  // Takes the name before those that are nested in it can.
  entities.set(name, {});
  const properties: Schemas = {
    entity_name: { type: "string" },
    ...answerProperties(repeated, entities),
  };
  const optional = repeated.map((question) => question.key);
  entities.set(name, objectOf(properties, { optional }));
  return ref(name);
}

function addSubmittedEntity(
  key: string,
  repeated: readonly DocumentedQuestion[],
  entities: Map<string, Schema>,
): Schema {
  const name = freeName(`submitted_${key}_entity`, entities);
  entities.set(name, {});
  const schema = submittedEntitySchema(repeated, (nestedKey, nested) =>
    addSubmittedEntity(nestedKey, nested, entities),
  );
  entities.set(name, schema);
  return ref(name);
}

/** Keys have no digits, so a number at the end never makes another key's name. */
function freeName(wanted: string, taken: ReadonlyMap<string, unknown>): string {
  let name = wanted;
  for (let count = 2; taken.has(name); count += 1) name = `${wanted}_${count}`;
  return name;
}

/** Not an enum: older answers may have options that no imported version has. */
function describeOptions({ options }: DocumentedQuestion): string {
  const { current, earlier } = options;
  const list = (names: readonly string[]) => names.map((name) => `\`${name}\``).join(", ");
  return [
    current.length > 0 ? `Options: ${list(current)}.` : "",
    earlier.length > 0 ? `No longer offered: ${list(earlier)}.` : "",
  ]
    .filter((sentence) => sentence !== "")
    .join(" ");
}
