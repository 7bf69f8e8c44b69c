/**
 * JSON by the engine, with exact numbers: one that would be written in another way keeps its own text. Reading and
 * writing again changes nothing but blanks, the spelling of strings, and where names like array indices stand.
 */
import { checkJson } from "./problem.ts";
import { tryParseJson } from "./unknown.ts";

/** A number whose text the engine's own number would not come back to, such as `1.0` or `9007199254740993`. */
interface RawNumber {
  readonly rawJSON: string;
}

/** A JSON value. */
export type JsonValue = string | number | boolean | null | RawNumber | JsonValue[] | JsonObject;

/** The members of an object: read them with `memberOf`, because `toString` and the like are none. */
export interface JsonObject {
  [name: string]: JsonValue;
}

/** How deep arrays and objects may be nested: common readers cannot take more. */
export const depthMax = 128;

/**
 * Reads one JSON value (RFC 8259). Throws `JsonTextError` on everything else, on a name that appears twice in one
 * object (readers differ in which of them counts), past `depthMax`, and on a number that common readers refuse.
 */
export function parseJson(text: string): JsonValue {
  // What is wrong, and where, is told by `checkJson`.
  const value = tryParseJson(text) as JsonValue | undefined;
  // The same text again: no digit and no second member of one name was lost.
  if (value !== undefined && isShallow(value, depthMax) && JSON.stringify(value) === text) {
    return value;
  }
  const { isExact } = checkJson(text, depthMax);
  return isExact && value !== undefined ? value : parseWith(text, keepNumber);
}

/** Reads what was stored: it was checked when it came in, by the rules of that time, and must stay readable. */
export function parseStoredJson(text: string): JsonValue {
  const value: JsonValue = JSON.parse(text);
  return JSON.stringify(value) === text ? value : parseWith(text, keepNumber);
}

/** Writes a value without blanks. */
export function writeJson(value: JsonValue): string {
  return JSON.stringify(value);
}

/** Whether a value is an object, and neither a list nor a number that keeps its text. */
export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !JSON.isRawJSON(value);
}

/** An object's own member. */
export function memberOf(object: JsonObject, name: string): JsonValue | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

/** Sets a member, whatever it is called: to assign to `__proto__` would do something else. */
export function setMember(object: JsonObject, name: string, value: JsonValue): void {
  Object.defineProperty(object, name, { value, writable: true, enumerable: true, configurable: true });
}

/** The text of a number, to the last digit; undefined for everything else. */
export function numberText(value: JsonValue | undefined): string | undefined {
  return typeof value === "number" || JSON.isRawJSON(value) ? JSON.stringify(value) : undefined;
}

/** TypeScript does not know yet that a reviver sees the text of a scalar. */
const parseWith = JSON.parse as (text: string, reviver: typeof keepNumber) => JsonValue;

function isShallow(value: JsonValue, levels: number): boolean {
  if (typeof value !== "object" || value === null) return true;
  if (levels === 0) return false;
  // The values of an array are itself: to ask for them takes a second for half a million.
  for (const each of Array.isArray(value) ? value : Object.values(value)) {
    if (typeof each === "object" && !isShallow(each, levels - 1)) return false;
  }
  return true;
}

function keepNumber(_name: string, value: unknown, { source }: { readonly source?: string }) {
  if (typeof value !== "number" || source === undefined || String(value) === source) return value;
  return JSON.rawJSON(source);
}
