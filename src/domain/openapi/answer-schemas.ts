/** What answers look like: one schema for each type of question, made of the table of their fields (spec 4). */
import { type AnswerType, answerFields, type FieldKind } from "../programs/questions/types.ts";
import { listOf, nullable, objectOf, type Schema } from "./schema.ts";

/** What is known of one question beyond its type. */
export interface AnswerDetails {
  readonly title?: string;
  readonly description?: string;
  /** In words: what may be chosen. */
  readonly choices?: string;
  /** What the entities of an enumerator hold. */
  readonly entity: Schema;
}

/** Every type that reaches the wire. */
export const answerTypes = Object.keys(answerFields) as readonly AnswerType[];

/** Fields that answers of some CiviForm versions lack: they are served as they came (spec 4, spec 5). */
const sometimesMissing = ["suffix", "file_key", "file_urls"];

/** What the name of a field does not say. */
const fieldNotes: Readonly<Record<string, string>> = {
  corrected: "How the address was checked: `Corrected`, `Failed` or `AsEnteredByUser`.",
  latitude: "A decimal number.",
  longitude: "A decimal number.",
  service_area: "Areas that the address was looked up in, with the result of each.",
  date: "YYYY-MM-DD.",
  entities: "In the order that the applicant entered them.",
  file_key: "Deprecated: read `file_urls`.",
  file_urls: "Links for people who are signed in to CiviForm; an API key does not open them.",
  id: "Digits, with leading zeros.",
  phone_number: "E.164, such as +12065550100.",
};

const fieldSchemas: Readonly<Record<FieldKind, (more: Schema, entity: Schema) => Schema>> = {
  string: (more) => nullable("string", more),
  integer: (more) => nullable("integer", { ...more, format: "int64" }),
  number: (more) => nullable("number", { ...more, format: "double" }),
  date: (more) => nullable("string", { ...more, format: "date" }),
  strings: (more) => listOf({ type: "string" }, more),
  entities: (more, entity) => listOf(entity, more),
};

/** The question object of an answer; unanswered it has null and empty lists. */
export function answerSchema(type: AnswerType, details: AnswerDetails): Schema {
  const { title, description, choices, entity } = details;
  const fields = Object.entries<FieldKind>(answerFields[type]).map(([name, kind]) => {
    const note = /^selections?$/.test(name) ? choices : fieldNotes[name];
    return [name, fieldSchemas[kind](note ? { description: note } : {}, entity)] as const;
  });
  const questionType: Schema = { type: "string", enum: [type] };
  return objectOf(Object.fromEntries([["question_type", questionType], ...fields]), {
    ...(title ? { title } : {}),
    ...(description ? { description } : {}),
    optional: sometimesMissing,
  });
}
