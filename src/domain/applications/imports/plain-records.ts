/** Application records that the engine's own JSON reader, several times as fast as ours, reads without a loss. */
import { JsonObject } from "../../../lib/json/object.ts";
import { depthMax } from "../../../lib/json/text.ts";

/** A record as `application-records` goes on with it. */
export interface PlainRecord {
  /** Each value as its text. */
  readonly fields: JsonObject;
  /** Nothing in it has to be normalised, whatever its version asks. */
  readonly answers: { readonly names: readonly string[]; readonly text: string };
}

type PlainObject = Readonly<Record<string, unknown>>;

const answersName = '"application":';
/** Nothing shorter can be nested deeper: what is opened is closed. */
const lengthMax = 2 * depthMax;
/** An escape has several spellings; the others are what `normaliseAnswers` looks for. */
const notPlain = /\\|""|"STATIC"|"ENUMERATOR"/;

/**
 * Reads a record, or gives undefined for one that has to be looked at more closely, a bad one among them.
 * What was read is written again: when that is the same text, no digit, blank or second member of one
 * name was lost, and no order either.
 */
export function readPlainRecord(text: string): PlainRecord | undefined {
  if (text.length > lengthMax || notPlain.test(text)) return undefined;
  const record = parseObject(text);
  const application = record?.application;
  if (record === undefined || !isObject(application)) return undefined;
  if (JSON.stringify(record) !== text) return undefined;
  const answers = findAtEnd(text, record) ?? JSON.stringify(application);
  const fields = new JsonObject();
  for (const name of Object.keys(record)) {
    const value = record[name];
    fields.add(name, value === application ? answers : writePlain(value));
  }
  return { fields, answers: { names: Object.keys(application), text: answers } };
}

/**
 * The answers as they stand in the text, where they are last, as CiviForm writes them: without escapes
 * nothing but a name looks like theirs, and without a list or an object before them it is no other one.
 */
function findAtEnd(text: string, record: PlainObject): string | undefined {
  const values = Object.values(record);
  const firstNested = values.findIndex((value) => typeof value === "object" && value !== null);
  if (firstNested < values.length - 1) return undefined;
  return text.slice(text.indexOf(answersName) + answersName.length, -1);
}

/** As it stood: without escapes, a string is what is between its quotes. */
function writePlain(value: unknown): string {
  if (value === null) return "null";
  return typeof value === "string" ? `"${value}"` : JSON.stringify(value);
}

function parseObject(text: string): PlainObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function isObject(value: unknown): value is PlainObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
