/**
 * JSON whose scalars stay as they were written: a number to its last digit, a string with its
 * escapes. Reading and writing again changes nothing but blanks (spec 4: "exactly as it came in").
 */
import {
  backslash,
  closingBrace,
  closingBracket,
  colon,
  comma,
  openingBrace,
  openingBracket,
  quote,
} from "./marks.ts";
import { JsonObject, type JsonText } from "./object.ts";

/** The text is no JSON, or no JSON that can be handed on safely. */
export class JsonTextError extends SyntaxError {
  /** Where, in UTF-16 units from the start of the text. */
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

/** How deep arrays and objects may stand in each other: far below what would overflow the stack. */
export const depthMax = 5000;

const scalar = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|null|true|false/y;
const escapeSequence = /\\(?:["\\/bfnrt]|u[\dA-Fa-f]{4})/y;

/**
 * Reads one JSON value (RFC 8259). Throws `JsonTextError` on everything else, and on a name that
 * stands twice in one object (readers differ in which of them counts) and on absurd nesting.
 */
export function parseJsonText(text: string): JsonText {
  let at = 0;
  let depth = 0;
  /** What was read so far and would be written in another way. */
  let respelt = 0;
  const value = readValue();
  if (skipBlanks() >= 0) throw fail("Nothing may follow the value");
  return value;

  function readValue(): JsonText {
    const first = skipBlanks();
    if (first === quote) return readString();
    if (first === openingBrace) return readObject();
    if (first === openingBracket) return readArray();
    const start = at;
    scalar.lastIndex = at;
    if (!scalar.test(text)) throw fail("A value is expected");
    at = scalar.lastIndex;
    return text.slice(start, at);
  }

  function readObject(): JsonObject {
    const object = new JsonObject();
    const start = at;
    const respeltBefore = respelt;
    enter();
    if (skipBlanks() !== closingBrace) {
      readMember(object);
      while (skipBlanks() === comma) {
        at++;
        readMember(object);
      }
    }
    if (text.charCodeAt(at) !== closingBrace) throw fail('A "," or "}" is expected');
    leave();
    if (respelt === respeltBefore) object.sourceText = text.slice(start, at);
    return object;
  }

  function readMember(object: JsonObject): void {
    if (skipBlanks() !== quote) throw fail("A name in double quotes is expected");
    const start = at;
    const name = readName();
    if (object.has(name))
      throw fail(`The name "${shorten(name)}" stands twice in one object`, start);
    if (skipBlanks() !== colon) throw fail('A ":" is expected');
    at++;
    object.add(name, readValue());
  }

  /** One spelling for a name, however it was escaped: so that the same name is found to be the same. */
  function readName(): string {
    const token = readString();
    if (!token.includes("\\")) return token.slice(1, -1);
    respelt++;
    return JSON.stringify(JSON.parse(token)).slice(1, -1);
  }

  function readArray(): JsonText[] {
    const elements: JsonText[] = [];
    enter();
    if (skipBlanks() !== closingBracket) {
      elements.push(readValue());
      while (skipBlanks() === comma) {
        at++;
        elements.push(readValue());
      }
    }
    if (text.charCodeAt(at) !== closingBracket) throw fail('A "," or "]" is expected');
    leave();
    return elements;
  }

  function enter(): void {
    depth++;
    if (depth > depthMax) throw fail(`Nested deeper than ${depthMax} levels`);
    at++;
  }

  function leave(): void {
    depth--;
    at++;
  }

  function readString(): string {
    const start = at;
    at++;
    for (let code = text.charCodeAt(at); code !== quote; code = text.charCodeAt(at)) {
      if (code === backslash) {
        escapeSequence.lastIndex = at;
        if (!escapeSequence.test(text)) throw fail("This escape does not exist");
        at = escapeSequence.lastIndex;
      } else if (code >= 0x20) {
        at++;
      } else {
        throw fail("A string must end on its line and escape control characters");
      }
    }
    at++;
    return text.slice(start, at);
  }

  /** The next character that counts, or NaN at the end. */
  function skipBlanks(): number {
    while (true) {
      const code = text.charCodeAt(at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return code;
      respelt++;
      at++;
    }
  }

  function fail(message: string, offset = at): JsonTextError {
    return new JsonTextError(offset < text.length ? message : `${message} at the end`, offset);
  }
}

const quotedMax = 100;

/** A message never repeats a text at length. */
function shorten(name: string): string {
  return name.length > quotedMax ? `${name.slice(0, quotedMax)}…` : name;
}

/** Writes a value without blanks. */
export function writeJsonText(value: JsonText): string {
  if (typeof value === "string") return value;
  let text = "";
  let separator = "";
  if (Array.isArray(value)) {
    for (const element of value) {
      text += separator + writeJsonText(element);
      separator = ",";
    }
    return `[${text}]`;
  }
  for (const [index, member] of value.values.entries()) {
    text += `${separator}"${value.names[index]}":${writeJsonText(member)}`;
    separator = ",";
  }
  return `{${text}}`;
}

/** What a scalar's text stands for, when it is a string. */
export function readJsonString(value: JsonText | undefined): string | undefined {
  if (typeof value !== "string" || !value.startsWith('"')) return undefined;
  return value.includes("\\") ? JSON.parse(value) : value.slice(1, -1);
}

/** Where an offset is, both counted from 1. */
export function locate(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset);
  const lineStart = before.lastIndexOf("\n") + 1;
  return { line: before.split("\n").length, column: offset - lineStart + 1 };
}
