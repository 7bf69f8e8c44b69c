/**
 * Stored applications as they are read: few columns, because PostgreSQL's and the driver's work goes by
 * columns, and as UTF-8, because that is how they are written again.
 */
import { colon, comma } from "../../../lib/json/marks.ts";

/** What `applicationColumns` selects, in its order. */
export type ApplicationRow = readonly [
  /** Everything that is short, as `applications.facts` holds it: `ownFact`s, and then `SharedFacts`. */
  facts: Buffer,
  applicationNote: Uint8Array | null,
  /** Fields of the record that CiviKey does not know, as a JSON object text. */
  extraFields: Uint8Array | null,
  /** The `application` object as JSON text, as it is stored. */
  answers: Uint8Array,
  /** What a query selects besides. */
  ...others: Uint8Array[],
];

const columns = ["facts", "application_note", "extra_fields", "answers"];

/** What to select of `applications` to get an `ApplicationRow`, with `runSqlForBytes`. */
export const applicationColumns = columns.join(", ");
/** How many columns that is; those behind them are `others`. */
export const applicationColumnCount = columns.length;

/** The first facts, which are those of one application; a comma comes after each. */
export const ownFact = {
  shapeId: 0,
  applicationId: 1,
  applicantId: 2,
  createTime: 3,
  submitTime: 4,
  statusLastModifiedTime: 5,
} as const;

/** The other ones, which many applications have in common: they are all that comes after the own ones. */
export interface SharedFacts {
  readonly programVersionId: string | null;
  readonly revisionState: string | null;
  readonly language: string | null;
  readonly status: string | null;
  readonly submitterType: string | null;
  readonly tiEmail: string | null;
  readonly tiOrganization: string | null;
}

/** How many own facts there are. */
export const ownFactCount = Object.keys(ownFact).length;
/** A mark at the beginning (U+FEFF) is part of a text. */
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const digit9 = 0x39;
const zero = 0x30;
/** What lies between `a` and the digit ten. */
const letters = 0x61 - 10;
const timeDigits = 16;
/** 2000-01-01T00:00:00Z, in seconds since 1970. */
const year2000 = 946_684_800;

/** Where each own fact begins, and last, where the shared ones do. */
export type FactStarts = Int32Array;

/** Makes room for the starts of any row, to be used again and again. */
export function createFactStarts(): FactStarts {
  return new Int32Array(ownFactCount + 1);
}

/** Finds where each fact begins, and puts it into `starts`. Each ends one byte before the next one starts; one without a byte is null. */
export function findFacts(facts: Uint8Array, starts: FactStarts): void {
  let fact = 1;
  for (let at = 0; fact <= ownFactCount && at < facts.length; at += 1) {
    if (facts[at] === comma) starts[fact++] = at + 1;
  }
  if (fact <= ownFactCount) throw new Error("a row without its facts");
}

/**
 * Reads the shared facts from where they start. Each text has its length in bytes and a colon before it, one
 * that is null has neither, and a comma comes after any: `1:2,7:CURRENT,5:en-US,,9:APPLICANT,,,`.
 */
export function readSharedFacts(facts: Uint8Array, start: number): SharedFacts {
  let at = start;
  const next = (): string | null => {
    let end = at;
    let text: string | null = null;
    if (facts[at] !== comma) {
      const textStart = facts.indexOf(colon, at) + 1;
      end = textStart + Number(decoder.decode(facts.subarray(at, textStart - 1)));
      text = decoder.decode(facts.subarray(textStart, end));
    }
    if (facts[end] !== comma) throw new Error("a row without its facts");
    at = end + 1;
    return text;
  };
  return {
    programVersionId: next(),
    revisionState: next(),
    language: next(),
    status: next(),
    submitterType: next(),
    tiEmail: next(),
    tiOrganization: next(),
  };
}

/** The application's id, in decimal: a number would lose digits. */
export function readApplicationId([facts]: ApplicationRow): string {
  const starts = createFactStarts();
  findFacts(facts, starts);
  const { [ownFact.applicationId]: start, [ownFact.applicationId + 1]: next = 0 } = starts;
  return decoder.decode(facts.subarray(start, next - 1));
}

/** The id of the application's shape. */
export function readShapeId([facts]: ApplicationRow): number {
  let id = 0;
  for (let at = 0; at < facts.length && facts[at] !== comma; at += 1)
    id = id * 10 + (facts[at] as number) - zero;
  return id;
}

/** The answers, as they are stored. */
export function answersOf(row: ApplicationRow): Uint8Array {
  return row[3];
}

/** A column as text; null is empty. */
export function readText(column: Uint8Array | null): string {
  return column === null ? "" : decoder.decode(column);
}

/**
 * Reads the time that begins at `at` of `facts`: microseconds since 2000, as PostgreSQL itself keeps them, in
 * 16 hexadecimal digits. `seconds` are whole ones since 1970. Two numbers, because one would not hold all that
 * PostgreSQL can keep.
 */
export function readTime(facts: Uint8Array, at: number): { seconds: number; micros: number } {
  const half = at + timeDigits / 2;
  const high = readHex(facts, at, half);
  const low = readHex(facts, half, at + timeDigits) >>> 0;
  // 2 ** 32 microseconds are 4294.967296 seconds.
  const rest = high * 967_296 + low;
  const seconds = Math.floor(rest / 1_000_000);
  return {
    seconds: year2000 + high * 4294 + seconds,
    micros: rest - seconds * 1_000_000,
  };
}

/** Of eight digits: 32 bits, with a sign. */
function readHex(digits: Uint8Array, start: number, end: number): number {
  let value = 0;
  for (let at = start; at < end; at += 1) {
    const digit = digits[at] as number;
    value = (value << 4) | (digit - (digit > digit9 ? letters : zero));
  }
  return value;
}
