/** The schemas of one program: typed answers to the questions of every published version. */
import type { DocumentedQuestion } from "../programs/questions/documented.ts";
import { answerSchema } from "./answer-schemas.ts";
import { applicationSchemas } from "./application-schemas.ts";
import type { DocumentedProgram } from "./documented-program.ts";
import { nameSchema, objectOf, type Schema, type Schemas } from "./schema.ts";
import { submittedAnswersSchema } from "./submitted-schemas.ts";

/** Every schema that the documents of a program need, by name. */
export function programSchemas({ questions, shown }: Pick<DocumentedProgram, "questions" | "shown">): Schemas {
  const entities = new Map<string, Schema>();
  const answers = objectOf(answerProperties(questions, entities), { description: "Answers by question key." });
  const submittedAnswers = submittedAnswersSchema(questions, entities);
  return { ...applicationSchemas({ answers, submittedAnswers, shown }), ...Object.fromEntries(entities) };
}

function answerProperties(questions: readonly DocumentedQuestion[], entities: Map<string, Schema>): Schemas {
  return Object.fromEntries(questions.map((question) => [question.key, questionSchema(question, entities)]));
}

function questionSchema(documented: DocumentedQuestion, entities: Map<string, Schema>): Schema {
  const { question, types, isAsked } = documented;
  const description = [question.text, isAsked ? "" : "Only in earlier versions; unanswered in newer applications."];
  const details = {
    title: question.adminName,
    description: description.filter((sentence) => sentence !== "").join("\n\n"),
    choices: describeOptions(documented),
    entity: types.includes("ENUMERATOR") ? entitySchema(documented, entities) : {},
  };
  const [first, ...others] = types.map((type) => answerSchema(type, details));
  return others.length === 0 ? (first ?? {}) : { anyOf: [first ?? {}, ...others] };
}

/** Entities have the questions of their own version only, so none of them is always there. */
function entitySchema({ key, repeated }: DocumentedQuestion, entities: Map<string, Schema>): Schema {
  return nameSchema(entities, `${key}_entity`, () => {
    const properties = { entity_name: { type: "string" } as const, ...answerProperties(repeated, entities) };
    return objectOf(properties, { optional: repeated.map((question) => question.key) });
  });
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
