/** The schema of an answer for each question type, made from the table of its fields. */
import { type AnswerType, answerFields, type FieldKind } from "../programs/questions/types.ts";
import { listOf, nullable, objectOf, type Schema } from "./schema.ts";

/** Details of one question beside its type. */
interface AnswerDetails {
  readonly title?: string;
  readonly description?: string;
  /** The possible choices, in words. */
  readonly choices?: string;
  /** What the entities of an enumerator hold. */
  readonly entity: Schema;
}

/** Every question type that has answers. */
export const answerTypes = Object.keys(answerFields) as readonly AnswerType[];

/** Fields missing from the answers of some CiviForm versions; answers are served as they came. */
const sometimesMissing = ["suffix", "file_key", "file_urls"];

/** What a field's name doesn't say. */
const fieldNotes: Readonly<Record<string, string>> = {
  corrected: "How the address was checked: `Corrected`, `Failed` or `AsEnteredByUser`.",
  latitude: "A decimal number.",
  longitude: "A decimal number.",
  service_area: "The service areas the address was checked against, with each result.",
  date: "YYYY-MM-DD.",
  entities: "In the order the applicant entered them.",
  file_key: "Deprecated. Use `file_urls`.",
  file_urls: "Links for people signed in to CiviForm. API keys can't open them.",
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

/** The question object of an answer; unanswered, its fields are null or empty lists. */
export function answerSchema(type: AnswerType, { title, description, choices, entity }: AnswerDetails): Schema {
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
