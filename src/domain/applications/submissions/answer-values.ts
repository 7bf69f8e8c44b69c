/** Checks the values in a submitted answer by their kind, and writes them as they are served. */
import { readJsonHundredths, readJsonInteger } from "../../../lib/json/numbers.ts";
import type { JsonPath, ProblemList } from "../../../lib/json/problem-list.ts";
import { isStorableText } from "../../../lib/json/storable.ts";
import { type JsonValue, numberText } from "../../../lib/json/text.ts";
import type { AskedQuestion } from "../../programs/questions/asked.ts";
import type { FieldKind } from "../../programs/questions/types.ts";
import { textRules } from "./answer-texts.ts";

/** A field of an answer. */
export interface Place {
  readonly name: string;
  readonly question: AskedQuestion;
  readonly path: JsonPath;
}

/** Reads a value; undefined stands for null, and for a field that is left out. */
type ValueReader = (value: JsonValue | undefined, place: Place, problems: ProblemList) => JsonValue;

/** The values, complete as they are served. What is wrong goes to `problems`. */
export const valueReaders: Readonly<Record<Exclude<FieldKind, "entities">, ValueReader>> = {
  string: readText,
  date: readText,
  integer(value, place, problems) {
    if (value === undefined) return null;
    const number = readJsonInteger(numberText(value) ?? "");
    if (number === undefined) problems.add(place.path, "It must be an integer of 64 bits.");
    else checkNumber(number, place, problems);
    return value;
  },
  number(value, { path }, problems) {
    if (value === undefined) return null;
    if (readJsonHundredths(numberText(value) ?? "") === undefined) {
      problems.add(path, "It must be a number that is not negative, with two decimals at most.");
    }
    return value;
  },
  strings(value, place, problems) {
    const { question, path } = place;
    const elements = readList(value, path, problems);
    const texts = new Set<string>();
    elements.forEach((element, index) => {
      const elementPath = [...path, index];
      const text = checkText(element, { ...place, path: elementPath }, problems);
      if (text === "") problems.add(elementPath, "It must not be empty.");
      else if (text !== undefined && texts.has(text)) problems.add(elementPath, "It is repeated.");
      if (text !== undefined) texts.add(text);
    });
    checkCount(elements.length, place, problems);
    // Choices have the order of the question, whatever order they were made in.
    return question.type === "MULTI_SELECT" ? [...question.offered].filter((name) => texts.has(name)) : [...texts];
  },
};

function readText(value: JsonValue | undefined, place: Place, problems: ProblemList): JsonValue {
  if (value === undefined || value === "") return null;
  checkText(value, place, problems);
  return value;
}

/** What a text says, when it is one. */
function checkText(value: JsonValue, { name, question, path }: Place, problems: ProblemList): string | undefined {
  const text = typeof value === "string" ? value : undefined;
  if (text === undefined || !isStorableText(text)) {
    const problem = text === undefined ? notText : notStorable;
    problems.add(path, problem);
    return undefined;
  }
  const problem = text === "" ? undefined : textRules[question.type]?.[name]?.(text, question);
  if (problem !== undefined) problems.add(path, problem);
  return text;
}

const notText = "It must be a text.";
/** What PostgreSQL cannot keep. */
export const notStorable = "It must not have a NUL character or half of a surrogate pair.";

/** The elements of a list; none for null. */
export function readList(value: JsonValue | undefined, path: JsonPath, problems: ProblemList): readonly JsonValue[] {
  if (value === undefined) return [];
  if (Array.isArray(value)) return value;
  problems.add(path, "It must be a list.");
  return [];
}

function checkNumber(number: bigint, { question, path }: Place, problems: ProblemList): void {
  const { min, max } = question.limits;
  if (min !== null && number < min) problems.add(path, `It must be ${min} or more.`);
  if (max !== null && number > max) problems.add(path, `It must be ${max} or less.`);
}

/** How many elements a list may have. An empty one is no answer, and has no limits. */
export function checkCount(count: number, { question, path }: Place, problems: ProblemList): void {
  const { min, max } = question.limits;
  if (count === 0) return;
  if (min !== null && count < min) problems.add(path, `It must have ${min} elements or more.`);
  if (max !== null && count > max) problems.add(path, `It must have ${max} elements or fewer.`);
}
