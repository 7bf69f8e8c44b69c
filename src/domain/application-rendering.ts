/** Writes one application as the API serves it: a JSON text, put together from texts (spec 4). */
import { formatInstant } from "./times.ts";

/** What the API tells of an application beside its answers, in the order of the wire (spec 4). */
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

/** A stored application as the driver reads it, integers as text. */
export interface ApplicationRow extends Record<string, unknown> {
  readonly application_id: string;
  readonly shape_id: string;
  /**
   * Applicant, program version, and when it was created, submitted and got its status, as epoch
   * microseconds: separated by commas, nothing for null. The driver's work goes by columns.
   */
  readonly numbers: string;
  readonly language: string | null;
  readonly revision_state: string;
  readonly status: string | null;
  readonly application_note: string | null;
  readonly submitter_type: string | null;
  readonly ti_email: string | null;
  readonly ti_organization: string | null;
  readonly extra_fields: string | null;
  readonly answers: string;
}

const micros = (column: string) => `(extract(epoch from ${column}) * 1000000)::bigint`;

/** What to select for an `ApplicationRow`. */
export const applicationColumns = `application_id, shape_id,
  concat(applicant_id, ',', program_version_id, ',', ${micros("create_time")}, ',',
    ${micros("submit_time")}, ',', ${micros("status_last_modified_time")}) as numbers,
  language, revision_state, status, application_note, submitter_type, ti_email, ti_organization,
  extra_fields, answers`;

/** Writes an application with its complete answers. */
export function renderApplication(
  row: ApplicationRow,
  context: { adminName: string; zone: string; answers: string },
): string {
  const { zone } = context;
  const [applicantId, versionId, createTime, submitTime, statusTime] = row.numbers.split(",");
  return (
    `{"applicant_id":${applicantId},"application_id":${row.application_id}` +
    `,"create_time":${renderTime(createTime, zone)},"language":${renderText(row.language)}` +
    `,"program_name":${renderText(context.adminName)}` +
    `,"program_version_id":${versionId || "null"}` +
    `,"revision_state":"${row.revision_state}","status":${renderText(row.status)}` +
    `,"status_last_modified_time":${renderTime(statusTime, zone)}` +
    `,"application_note":${renderText(row.application_note)}` +
    `,"submit_time":${renderTime(submitTime, zone)}` +
    `,"submitter_type":${renderText(row.submitter_type)},"ti_email":${renderText(row.ti_email)}` +
    `,"ti_organization":${renderText(row.ti_organization)}` +
    `${row.extra_fields === null ? "" : `,${row.extra_fields.slice(1, -1)}`}` +
    `,"application":${context.answers}}`
  );
}

function renderText(text: string | null): string {
  return text === null ? "null" : JSON.stringify(text);
}

function renderTime(epochMicroseconds: string | undefined, zone: string): string {
  if (!epochMicroseconds) return "null";
  return `"${formatInstant(Number(epochMicroseconds), zone)}"`;
}
