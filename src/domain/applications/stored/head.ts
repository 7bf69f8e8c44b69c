/** The head of an application: its JSON text from the first brace to where its answers begin. It is stored, not made on reading. */
import { isJsonObject, type JsonObject, parseStoredJson } from "../../../lib/json/text.ts";
import { formatInstant } from "../../../lib/time/instants.ts";

/** What the API tells of an application beside its answers, in the order of the wire. */
export const metadataFields = [
  "applicant_id",
  "application_id",
  "create_time",
  "language",
  "program_name",
  "program_version_id",
  "revision_state",
  "status",
  "status_last_modified_time",
  "application_note",
  "submit_time",
  "submitter_type",
  "ti_email",
  "ti_organization",
] as const;

type MetadataField = (typeof metadataFields)[number];

/** An application without its answers, under the names of its columns. Times are epoch microseconds; as texts, no integer loses a digit. */
export interface ApplicationFacts extends Readonly<Record<Exclude<MetadataField, "program_name">, string | null>> {
  readonly applicant_id: string;
  readonly application_id: string;
  readonly create_time: string;
  readonly submit_time: string;
  readonly revision_state: "CURRENT" | "OBSOLETE";
  /** The members of the record that CiviKey does not know, as a JSON object text. */
  readonly extra_fields: string | null;
}

/** What heads of a program have in common. */
export interface HeadContext {
  readonly adminName: string;
  readonly zone: string;
}

const micros = (column: string) => `(extract(epoch from ${column}) * 1000000)::bigint::text as ${column}`;

const factSql: Readonly<Record<keyof ApplicationFacts, string>> = {
  applicant_id: "applicant_id::text",
  application_id: "application_id::text",
  program_version_id: "program_version_id::text",
  create_time: micros("create_time"),
  submit_time: micros("submit_time"),
  status_last_modified_time: micros("status_last_modified_time"),
  language: "language",
  revision_state: "revision_state",
  status: "status",
  application_note: "application_note",
  submitter_type: "submitter_type",
  ti_email: "ti_email",
  ti_organization: "ti_organization",
  extra_fields: "extra_fields",
};
const factNames = Object.keys(factSql);

/** What to select of `applications` to get `ApplicationFacts`. */
export const factColumns = Object.values(factSql).join(", ");

/** Reads `factColumns` from a row that came as bytes, and gives the columns behind them. */
export function readFacts(
  columns: readonly (Uint8Array | null)[],
): [facts: ApplicationFacts, ...others: (Uint8Array | null)[]] {
  const texts = factNames.map((name, index) => [name, columns[index]?.toString() ?? null]);
  return [Object.fromEntries(texts), ...columns.slice(factNames.length)];
}

/** Everything but the answers as the API says it: times in the zone, ids as their digits. */
export function describeFacts(
  facts: ApplicationFacts,
  { adminName, zone }: HeadContext,
): Readonly<Record<MetadataField, string | null>> {
  const time = (text: string | null) => (text === null ? null : formatInstant(BigInt(text), zone));
  return {
    ...facts,
    program_name: adminName,
    create_time: time(facts.create_time),
    submit_time: time(facts.submit_time),
    status_last_modified_time: time(facts.status_last_modified_time),
  };
}

/** Renders a head: the only function that does. */
export function renderHead(facts: ApplicationFacts, context: HeadContext): string {
  const described = describeFacts(facts, context);
  const json = JSON.stringify;
  const others = facts.extra_fields === null ? "" : `,${facts.extra_fields.slice(1, -1)}`;
  return escapeLineSeparators(
    `{"applicant_id":${facts.applicant_id},"application_id":${facts.application_id}` +
      `,"create_time":${json(described.create_time)},"language":${json(facts.language)}` +
      `,"program_name":${json(context.adminName)},"program_version_id":${facts.program_version_id}` +
      `,"revision_state":"${facts.revision_state}","status":${json(facts.status)}` +
      `,"status_last_modified_time":${json(described.status_last_modified_time)}` +
      `,"application_note":${json(facts.application_note)}` +
      `,"submit_time":${json(described.submit_time)},"submitter_type":${json(facts.submitter_type)}` +
      `,"ti_email":${json(facts.ti_email)},"ti_organization":${json(facts.ti_organization)}` +
      `${others},"application":`,
  );
}

/** The members of the record that CiviKey does not know. */
export function readExtraFields({ extra_fields }: ApplicationFacts): JsonObject {
  const fields = parseStoredJson(extra_fields ?? "{}");
  return isJsonObject(fields) ? fields : {};
}

/** U+0085, U+2028 and U+2029. */
const lineSeparators = new RegExp(`[${String.fromCharCode(0x85, 0x2028, 0x2029)}]`, "g");

/** The same JSON text, without the characters at which some readers of NDJSON would split a line. */
export function escapeLineSeparators(json: string): string {
  return json.replace(lineSeparators, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
