/**
 * Stored applications as they are read: few columns, because PostgreSQL's and the driver's work goes by
 * columns, and as UTF-8, because that is how they are written again.
 */

/** What `applicationColumns` selects, in its order. */
export type ApplicationRow = readonly [
  /** What has no comma in it: see `splitFacts`. */
  facts: Uint8Array,
  language: Uint8Array | null,
  status: Uint8Array | null,
  applicationNote: Uint8Array | null,
  submitterType: Uint8Array | null,
  tiEmail: Uint8Array | null,
  tiOrganization: Uint8Array | null,
  /** Fields of the record that CiviKey does not know, as a JSON object text. */
  extraFields: Uint8Array | null,
  /** The `application` object as JSON text, as it is stored. */
  answers: Uint8Array,
  /** What a query selects besides. */
  ...others: Uint8Array[],
];

/**
 * The last of the facts: microseconds since 2000, as PostgreSQL itself keeps them, in 16 hexadecimal
 * digits for each time. To write them in decimal costs it more than all that it does for a row besides.
 */
const times = `encode(timestamptz_send(create_time) || timestamptz_send(submit_time)
  || coalesce(timestamptz_send(status_last_modified_time), ''), 'hex')`;
/** Where each time begins within them. */
export const timeOffsets = { createTime: 0, submitTime: 16, statusLastModifiedTime: 32 } as const;

const facts = [
  ...["shape_id", "application_id", "applicant_id", "program_version_id", "revision_state"],
  times,
];

const columns = [
  `concat(${facts.join(", ',', ")}) as facts`,
  ...["language", "status", "application_note", "submitter_type", "ti_email", "ti_organization"],
  ...["extra_fields", "answers"],
];

/** What to select of `applications` to get an `ApplicationRow`, with `runSqlForBytes`. */
export const applicationColumns = columns.join(", ");
/** How many columns that is; those behind them are `others`. */
export const applicationColumnCount = columns.length;

/** The parts of `facts`, in their order. A program's version and the time of a status may be empty. */
export const fact = {
  shapeId: 0,
  applicationId: 1,
  applicantId: 2,
  programVersionId: 3,
  revisionState: 4,
  times: 5,
} as const;

const decoder = new TextDecoder();
const comma = 0x2c;
const digit9 = 0x39;
const zero = 0x30;
/** What lies between `a` and the digit ten. */
const letters = 0x61 - 10;
const timeDigits = 16;
/** 2000-01-01T00:00:00Z, in seconds since 1970. */
const year2000 = 946_684_800;

/** How many parts there are. */
export const factCount = Object.keys(fact).length;

/** Finds where the parts of `facts` begin. Each but the last ends one byte before the next one begins. */
export function splitFacts(facts: Uint8Array, starts: Int32Array): void {
  let part = 1;
  for (let at = 0; at < facts.length && part < factCount; at += 1) {
    if (facts[at] === comma) starts[part++] = at + 1;
  }
  if (part < factCount) throw new Error("a row without its facts");
}

/** The application's id, in decimal: a number would lose digits. */
export function readApplicationId([facts]: ApplicationRow): string {
  const starts = new Int32Array(factCount);
  splitFacts(facts, starts);
  const { [fact.applicationId]: start, [fact.applicationId + 1]: next = 0 } = starts;
  return readText(facts.subarray(start, next - 1));
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
  return row[8];
}

/** A column as text; null is empty. */
export function readText(column: Uint8Array | null): string {
  return column === null ? "" : decoder.decode(column);
}

/**
 * Reads the time whose digits begin at `at` of `facts`, to the microsecond: `seconds` are whole ones since
 * 1970. Two numbers, because one would not hold all that PostgreSQL can keep.
 */
export function readTime(facts: Uint8Array, at: number): { seconds: number; micros: number } {
  const half = at + timeDigits / 2;
  const high = readHex(facts, at, half) | 0;
  const low = readHex(facts, half, at + timeDigits);
  // 2 ** 32 microseconds are 4294.967296 seconds.
  const rest = high * 967_296 + low;
  const seconds = Math.floor(rest / 1_000_000);
  return {
    seconds: year2000 + high * 4294 + seconds,
    micros: rest - seconds * 1_000_000,
  };
}

function readHex(digits: Uint8Array, start: number, end: number): number {
  let value = 0;
  for (let at = start; at < end; at += 1) {
    const digit = digits[at] as number;
    value = value * 16 + digit - (digit > digit9 ? letters : zero);
  }
  return value;
}
