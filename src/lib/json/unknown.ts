/** JSON of which nothing is known. */

/** An object of parsed JSON. */
export type JsonMembers = Readonly<Record<string, unknown>>;

/** Whether a value is an object, and no list. */
export function isMembers(value: unknown): value is JsonMembers {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What a text says as JSON; undefined when it is none, or nested too deeply for the engine. */
export function tryParseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof RangeError) return undefined;
    throw error;
  }
}
