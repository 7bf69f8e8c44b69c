/** What can be submitted: a schema for each question of a version, as strict as JSON Schema allows. */
import { digits, phone, zip } from "../applications/submissions/answer-texts.ts";
import type { DocumentedQuestion } from "../programs/questions/documented.ts";
import { answerFields, type FieldKind } from "../programs/questions/types.ts";
import { listOf, nameSchema, nullable, objectOf, type Schema, type Schemas } from "./schema.ts";

/** The schemas of entities, by name. */
type Entities = Map<string, Schema>;

/** The `application` of a submission: only questions of the version, each optional. Adds the schemas of entities. */
export function submittedAnswersSchema(questions: readonly DocumentedQuestion[], entities: Entities): Schema {
  const properties = answerProperties(questions, entities);
  return objectOf(properties, {
    description: "Answers by question key. Questions left out are unanswered.",
    optional: Object.keys(properties),
    additionalProperties: false,
  });
}

function entitySchema({ key, repeated }: DocumentedQuestion, entities: Entities): Schema {
  return nameSchema(entities, `submitted_${key}_entity`, () => {
    const properties = answerProperties(repeated, entities);
    return objectOf(
      { entity_name: { type: "string", description: "A different name for each entity." }, ...properties },
      { optional: Object.keys(properties), additionalProperties: false },
    );
  });
}

function answerProperties(questions: readonly DocumentedQuestion[], entities: Entities): Schemas {
  return Object.fromEntries(
    questions
      .filter(({ isAsked }) => isAsked)
      .map((documented) => [documented.key, answerSchema(documented, entities)]),
  );
}

function answerSchema(documented: DocumentedQuestion, entities: Entities): Schema {
  const { adminName, text, type } = documented.question;
  const fields = Object.entries<FieldKind>(answerFields[type]).map(([name, kind]) => [
    name,
    fieldSchemas[kind](name, documented, entities),
  ]);
  return objectOf(
    { question_type: { type: "string", enum: [type] }, ...Object.fromEntries(fields) },
    {
      title: adminName,
      ...(text === "" ? {} : { description: text }),
      optional: Object.keys(answerFields[type]),
      additionalProperties: false,
    },
  );
}

/** Texts with a format. An empty text counts as null, which no schema says. */
const textForms: Readonly<Record<string, Schema>> = {
  email: { format: "idn-email" },
  id: { pattern: digits.source },
  phone_number: { pattern: phone.source, description: "E.164, such as +12065550100." },
  zip: { pattern: zip.source },
};

const fieldSchemas: Readonly<
  Record<FieldKind, (name: string, documented: DocumentedQuestion, entities: Entities) => Schema>
> = {
  string(name, { question, options, limits }) {
    if (question.type === "SINGLE_SELECT") {
      return nullable("string", { enum: [...options.current, null] });
    }
    // Characters are counted as UTF-16 units, of which a text has as many as characters, or more.
    const isLimited = question.type === "TEXT" || question.type === "ID";
    return nullable("string", {
      ...textForms[name],
      ...(isLimited && limits.max !== null ? { maxLength: limits.max } : {}),
    });
  },
  date: () => nullable("string", { format: "date" }),
  integer: (_name, { limits: { min, max } }) =>
    nullable("integer", {
      format: "int64",
      ...(min === null ? {} : { minimum: min }),
      ...(max === null ? {} : { maximum: max }),
    }),
  number: () => nullable("number", { format: "double", minimum: 0, description: "Up to two decimals." }),
  strings(_name, { question, options, limits }) {
    const isChoice = question.type === "MULTI_SELECT";
    const element: Schema = isChoice && options.current.length > 0 ? { enum: options.current } : {};
    return listOf({ type: "string", ...element }, { ...listLimits(limits.max), uniqueItems: true });
  },
  entities: (_name, documented, entities) =>
    listOf(entitySchema(documented, entities), listLimits(documented.limits.max)),
};

function listLimits(max: number | null): Schema {
  return max === null || max < 0 ? {} : { maxItems: max };
}
