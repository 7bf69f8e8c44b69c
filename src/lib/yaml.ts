/** Writes YAML. The libraries that do need ten seconds for the document of a program with 5,000 questions. */

/**
 * Writes JSON as YAML, the same for readers of YAML 1.1 and 1.2: texts are quoted, so that `no` and `1.0` stay
 * texts, and nothing is an anchor. Members that are undefined are left out.
 */
export function writeYaml(value: unknown): string {
  return `${write(value, "")}\n`;
}

function write(value: unknown, indent: string): string {
  const deeper = `${indent}  `;
  if (isFilled(value)) {
    const lines = Array.isArray(value)
      ? value.map((item) => `- ${write(item, deeper)}`)
      : membersOf(value).map(([name, member]) => {
          const written = write(member, deeper);
          return writeName(name, indent) + (isFilled(member) ? `\n${deeper}` : " ") + written;
        });
    return lines.join(`\n${indent}`);
  }
  if (typeof value === "string") return quote(value);
  // A number with an exponent needs a point in YAML 1.1.
  return JSON.stringify(value).replace(/^(-?\d+)e/, "$1.0e");
}

/** Tells whether a value takes lines of its own. */
function isFilled(value: unknown): value is object {
  return typeof value === "object" && value !== null && membersOf(value).length > 0;
}

function membersOf(value: object): [string, unknown][] {
  return Object.entries(value).filter(([, member]) => member !== undefined);
}

/** What YAML reads as something else than text, in any case. */
const wordsWithMeaning = /^(?:y|n|yes|no|on|off|true|false|null)$/i;
/** Longer names have to be marked. */
const nameLengthMax = 1_000;

function writeName(name: string, indent: string): string {
  const isPlain = /^[$_a-z][\w-]*$/i.test(name) && !wordsWithMeaning.test(name);
  const written = isPlain ? name : quote(name);
  return written.length > nameLengthMax ? `? ${written}\n${indent}:` : `${written}:`;
}

/** As JSON, but with every character escaped that YAML takes for a line break or refuses. */
function quote(text: string): string {
  return JSON.stringify(text).replaceAll(
    /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
