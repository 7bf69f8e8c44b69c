/** Writes one application as the API serves it: a JSON text, put together from texts (spec 4). */
import type { ApplicationRow } from "./application-rows.ts";
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

/** Writes an application with its complete answers. */
export function renderApplication(
  row: ApplicationRow,
  context: { adminName: string; zone: string; answers: string },
): string {
  const { zone } = context;
  return (
    `{"applicant_id":${row.applicantId},"application_id":${row.applicationId}` +
    `,"create_time":${renderTime(row.createTime, zone)},"language":${renderText(row.language)}` +
    `,"program_name":${renderText(context.adminName)}` +
    `,"program_version_id":${row.programVersionId || "null"}` +
    `,"revision_state":"${row.revisionState}","status":${renderText(row.status)}` +
    `,"status_last_modified_time":${renderTime(row.statusLastModifiedTime, zone)}` +
    `,"application_note":${renderText(row.applicationNote)}` +
    `,"submit_time":${renderTime(row.submitTime, zone)}` +
    `,"submitter_type":${renderText(row.submitterType)},"ti_email":${renderText(row.tiEmail)}` +
    `,"ti_organization":${renderText(row.tiOrganization)}` +
    `${row.extraFields === null ? "" : `,${row.extraFields.slice(1, -1)}`}` +
    `,"application":${context.answers}}`
  );
}

function renderText(text: string | null): string {
  return text === null ? "null" : JSON.stringify(text);
}

function renderTime(epochMicroseconds: string, zone: string): string {
  if (epochMicroseconds === "") return "null";
  return `"${formatInstant(Number(epochMicroseconds), zone)}"`;
}
