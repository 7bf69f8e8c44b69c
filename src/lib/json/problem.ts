/** Finds what is wrong with a JSON text, and where: the engine does not say. */

/** The text is no JSON, or no JSON that can be handed on safely. */
export class JsonTextError extends SyntaxError {
  /** Where, in UTF-16 units from the start of the text. */
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

const blanks = /[ \t\n\r]*/y;
const blankMax = 0x20;
/** As much of a string as has no escapes. */
const plainText = /[ !#-[\]-\uffff]*/y;
const scalar = /(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|null|true|false)/y;
const escapeSequence = /\\(?:["\\/bfnrt]|u[\dA-Fa-f]{4})/y;

/** Jackson reads no longer ones, and Python no integer of more than 4,300 digits. */
const numberLengthMax = 1000;

/**
 * Throws the first problem of a text as JSON (RFC 8259), a name that appears twice, nesting past `depthMax` and numbers
 * that common readers refuse included. Tells whether the engine would write every number of it in the same way.
 */
export function checkJson(text: string, depthMax: number): { isExact: boolean } {
  /** The names so far of every object that is open; null for an array. */
  const open: (Set<string> | null)[] = [];
  let at = 0;
  let isExact = true;
  do readValue();
  while (goesOn());
  skipBlanks();
  if (at < text.length) throw fail("Nothing may follow the value");
  return { isExact };

  /** Opens arrays and objects, up to a value that has no elements or members. */
  function readValue(): void {
    for (skipBlanks(); text[at] === "{" || text[at] === "["; skipBlanks()) {
      if (open.length === depthMax) throw fail(`Nested deeper than ${depthMax} levels`);
      open.push(text[at] === "{" ? new Set() : null);
      at += 1;
      skipBlanks();
      if (text[at] === closing()) return;
      readName(open.at(-1));
    }
    if (text[at] === '"') readString();
    else readScalar();
  }

  /** Closes what ends here. Whether another value comes. */
  function goesOn(): boolean {
    for (; open.length > 0; open.pop(), at += 1) {
      skipBlanks();
      if (text[at] === closing()) continue;
      if (text[at] !== ",") throw fail(`A "," or "${closing()}" is expected`);
      at += 1;
      readName(open.at(-1));
      return true;
    }
    return false;
  }

  function closing(): string {
    return open.at(-1) ? "}" : "]";
  }

  /** In an object, reads the name of the next member. */
  function readName(names: Set<string> | null | undefined): void {
    if (!names) return;
    skipBlanks();
    if (text[at] !== '"') throw fail("A name in double quotes is expected");
    const start = at;
    readString();
    const written = text.slice(start + 1, at - 1);
    const name: string = written.includes("\\") ? JSON.parse(`"${written}"`) : written;
    if (names.has(name)) throw fail(`The name "${shorten(name)}" appears twice in one object`, start);
    names.add(name);
    skipBlanks();
    if (text[at] !== ":") throw fail('A ":" is expected');
    at += 1;
  }

  function readScalar(): void {
    const start = at;
    if (!skip(scalar)) throw fail("A value is expected");
    if (at - start > numberLengthMax) throw fail(`A number has more than ${numberLengthMax} characters`, start);
    const written = text.slice(start, at);
    isExact &&= written === "null" || written === "true" || written === "false" || String(Number(written)) === written;
  }

  function readString(): void {
    at += 1;
    for (skip(plainText); text[at] !== '"'; skip(plainText)) {
      if (text[at] !== "\\") throw fail("A string must end on its line and escape control characters");
      if (!skip(escapeSequence)) throw fail("This escape does not exist");
    }
    at += 1;
  }

  function skipBlanks(): void {
    // Mostly there is none, and to look at one character is cheaper.
    if (text.charCodeAt(at) <= blankMax) skip(blanks);
  }

  /** Whether the pattern matched here. */
  function skip(pattern: RegExp): boolean {
    pattern.lastIndex = at;
    const matches = pattern.test(text);
    if (matches) at = pattern.lastIndex;
    return matches;
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

/** Where an offset is, both counted from 1. */
export function locate(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset);
  const lineStart = before.lastIndexOf("\n") + 1;
  return { line: before.split("\n").length, column: offset - lineStart + 1 };
}
