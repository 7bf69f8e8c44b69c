/** Reads the answers of an application for people: by the text of the questions, in the order of the form. */
import { isJsonObject, type JsonObject, type JsonValue, memberOf, writeJson } from "../../lib/json/text.ts";
import type { DocumentedQuestion } from "../programs/questions/documented.ts";

/** One value of an answer. */
export interface AnswerValue {
  readonly text: string;
  /** Of a choice: what applicants read, where it is known. */
  readonly label: string | null;
}

/** A field of an answer that has something in it. */
export interface AnswerField {
  readonly name: string;
  /** Several for a list. */
  readonly values: readonly AnswerValue[];
}

/** The answer under one key. */
export interface ReadableAnswer {
  readonly key: string;
  /** The `question_type`; null when there is none. */
  readonly type: string | null;
  /** What applicants were asked; null when no version that is known here asks it. */
  readonly question: string | null;
  /** None: the question is not answered. */
  readonly fields: readonly AnswerField[];
  readonly entities: readonly ReadableEntity[];
}

/** One entity of an enumerator. */
export interface ReadableEntity {
  readonly name: string | null;
  readonly answers: readonly ReadableAnswer[];
}

/** The answers of an application. */
export interface ReadableAnswers {
  /** What its version asks, in that order, then what else it holds. */
  readonly own: readonly ReadableAnswer[];
  /** Unanswered questions of other versions: the union rule has the API show them. */
  readonly ofOtherVersions: readonly ReadableAnswer[];
}

/** Entities that are nested deeper than this are shown as JSON. */
const depthMax = 8;

/** The answers of an application, beside the questions that they can belong to. */
export function readApplicationAnswers(
  answers: JsonObject,
  documented: { questions: readonly DocumentedQuestion[]; isVersionKnown: boolean },
): ReadableAnswers {
  const all = readAnswers(answers, documented.questions, []);
  const asked = new Set(
    documented.isVersionKnown ? documented.questions.filter(({ isAsked }) => isAsked).map(({ key }) => key) : [],
  );
  const isOwn = (answer: ReadableAnswer) => asked.has(answer.key) || isAnswered(answer);
  return { own: all.filter(isOwn), ofOtherVersions: all.filter((answer) => !isOwn(answer)) };
}

/** Whether there is anything in an answer. */
export function isAnswered({ fields, entities }: ReadableAnswer): boolean {
  return fields.length > 0 || entities.length > 0;
}

/** The names of the entities around something, the nearest first. */
type Enclosing = readonly (string | null)[];

/** In the order of the questions; what has none of them comes last, in its own order. */
function readAnswers(
  answers: JsonObject,
  questions: readonly DocumentedQuestion[],
  enclosing: Enclosing,
): ReadableAnswer[] {
  const values = new Map(Object.entries(answers));
  const known = questions.filter(({ key }) => values.has(key));
  const byKey = new Map(known.map((documented) => [documented.key, documented]));
  const keys = new Set([...byKey.keys(), ...values.keys()]);
  return [...keys].flatMap((key) => {
    const value = values.get(key);
    const isName = enclosing.length > 0 && key === "entity_name";
    return value === undefined || isName ? [] : readAnswer(key, value, byKey.get(key), enclosing);
  });
}

function readAnswer(
  key: string,
  value: JsonValue,
  documented: DocumentedQuestion | undefined,
  enclosing: Enclosing,
): ReadableAnswer {
  const text = documented?.question.text || documented?.question.adminName;
  const question = text ? nameEntities(text, enclosing) : null;
  if (!isJsonObject(value)) {
    return { key, type: null, question, fields: readField(key, value, undefined), entities: [] };
  }
  const given = memberOf(value, "question_type");
  const type = typeof given === "string" ? given : null;
  const listed = type === "ENUMERATOR" ? memberOf(value, "entities") : undefined;
  const entities = Array.isArray(listed) && enclosing.length < depthMax ? listed : undefined;
  return {
    key,
    type,
    question,
    fields: Object.entries(value)
      .filter(([name]) => name !== "question_type" && !(entities && name === "entities"))
      .flatMap(([name, field]) => readField(name, field, documented)),
    entities: (entities ?? []).map((entity) => readEntity(entity, documented?.repeated ?? [], enclosing)),
  };
}

/** What applicants read in place of `$this` and `$this.parent`: the name of the entity they are asked about. */
function nameEntities(text: string, enclosing: Enclosing): string {
  return text.replace(/\$this((?:\.parent)*)/g, (reference, parents: string) => {
    return enclosing[parents.length / ".parent".length] ?? reference;
  });
}

function readEntity(entity: JsonValue, questions: readonly DocumentedQuestion[], enclosing: Enclosing): ReadableEntity {
  if (!isJsonObject(entity)) return { name: writeJson(entity), answers: [] };
  const given = memberOf(entity, "entity_name");
  const name = typeof given === "string" && given !== "" ? given : null;
  return { name, answers: readAnswers(entity, questions, [name, ...enclosing]) };
}

/** Nothing for what is null, an empty text or an empty list. */
function readField(name: string, field: JsonValue, documented: DocumentedQuestion | undefined): AnswerField[] {
  const labels = new Map(documented?.question.options?.map((each) => [each.adminName, each.text]));
  const values = (Array.isArray(field) ? field : [field])
    .filter((value) => value !== null && value !== "")
    .map((value) => {
      const text = typeof value === "string" ? value : writeJson(value);
      return { text, label: labels.get(text) ?? null };
    });
  return values.length === 0 ? [] : [{ name, values }];
}
