/** The types of questions: their names in CiviForm's export, and the fields of their answers. */

/** What an answer field holds. Lists are `[]` when unanswered, everything else null. */
export type FieldKind = "string" | "integer" | "number" | "date" | "strings" | "entities";

/** The answer fields of every `question_type` that reaches the wire, in their order. */
export const answerFields = {
  ADDRESS: {
    street: "string",
    line2: "string",
    city: "string",
    state: "string",
    zip: "string",
    corrected: "string",
    latitude: "string",
    longitude: "string",
    well_known_id: "string",
    service_area: "string",
  },
  CURRENCY: { currency_dollars: "number" },
  DATE: { date: "date" },
  EMAIL: { email: "string" },
  ENUMERATOR: { entities: "entities" },
  FILE_UPLOAD: { file_key: "string", file_urls: "strings" },
  ID: { id: "string" },
  MAP: { selections: "strings" },
  MULTI_SELECT: { selections: "strings" },
  NAME: {
    first_name: "string",
    middle_name: "string",
    last_name: "string",
    suffix: "string",
  },
  NUMBER: { number: "integer" },
  PHONE: { phone_number: "string" },
  SINGLE_SELECT: { selection: "string" },
  TEXT: { text: "string" },
} as const satisfies Readonly<Record<string, Readonly<Record<string, FieldKind>>>>;

/** A `question_type` that reaches the wire. */
export type AnswerType = keyof typeof answerFields;

/** STATIC is known, and left out of every answer. */
export type QuestionType = AnswerType | "STATIC";

/** `questions[].type` of an export; `multioption` is told apart by its option type. */
const exportTypes: ReadonlyMap<string, QuestionType> = new Map([
  ["address", "ADDRESS"],
  ["currency", "CURRENCY"],
  ["date", "DATE"],
  ["email", "EMAIL"],
  ["enumerator", "ENUMERATOR"],
  ["fileupload", "FILE_UPLOAD"],
  ["id", "ID"],
  ["map", "MAP"],
  ["name", "NAME"],
  ["number", "NUMBER"],
  ["phone", "PHONE"],
  ["static", "STATIC"],
  ["text", "TEXT"],
]);

/** `multiOptionQuestionType` of an export. */
const optionTypes: ReadonlyMap<string, QuestionType> = new Map([
  ["CHECKBOX", "MULTI_SELECT"],
  ["DROPDOWN", "SINGLE_SELECT"],
  ["RADIO_BUTTON", "SINGLE_SELECT"],
  ["YES_NO", "SINGLE_SELECT"],
]);

/** Whether an export's questions of this type carry options. */
export function hasOptions(exportType: string): boolean {
  return exportType === "multioption";
}

/** The type that an export's question has on the wire, or undefined when CiviKey does not know it. */
export function findQuestionType(
  exportType: string,
  multiOptionQuestionType: string | undefined,
): QuestionType | undefined {
  if (!hasOptions(exportType)) return exportTypes.get(exportType);
  return optionTypes.get(multiOptionQuestionType ?? "");
}

/** The question object that says "not answered", as compact JSON. */
export function unansweredText(type: AnswerType): string {
  return unansweredTexts[type];
}

const unansweredTexts = Object.fromEntries(
  Object.entries<Readonly<Record<string, FieldKind>>>(answerFields).map(([type, fields]) => {
    const answer = Object.entries(fields).map(([name, kind]) => [
      name,
      /^(?:strings|entities)$/.test(kind) ? [] : null,
    ]);
    return [type, JSON.stringify({ question_type: type, ...Object.fromEntries(answer) })];
  }),
) as Readonly<Record<AnswerType, string>>;
