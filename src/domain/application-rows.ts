/** Stored applications as they are read: few columns, because the driver's work goes by columns. */

/** A stored application: integers as text, times as epoch microseconds, empty where there is none. */
export interface ApplicationRow {
  readonly applicationId: string;
  readonly shapeId: string;
  readonly revisionState: string;
  readonly applicantId: string;
  readonly programVersionId: string;
  readonly createTime: string;
  readonly submitTime: string;
  readonly statusLastModifiedTime: string;
  readonly language: string | null;
  readonly status: string | null;
  readonly applicationNote: string | null;
  readonly submitterType: string | null;
  readonly tiEmail: string | null;
  readonly tiOrganization: string | null;
  /** Fields of the record that CiviKey does not know, as a JSON object text. */
  readonly extraFields: string | null;
  /** The `application` object as JSON text, as it is stored. */
  readonly answers: string;
}

/** What `applicationColumns` gives. */
export type SelectedApplication = {
  readonly facts: string;
  readonly language: string | null;
  readonly status: string | null;
  readonly application_note: string | null;
  readonly submitter_type: string | null;
  readonly ti_email: string | null;
  readonly ti_organization: string | null;
  readonly extra_fields: string | null;
  readonly answers: string;
};

const micros = (column: string) => `(extract(epoch from ${column}) * 1000000)::bigint`;

/** What has no comma in it, in one column; null is nothing between two commas. */
const facts = [
  "application_id",
  "shape_id",
  "revision_state",
  "applicant_id",
  "program_version_id",
  micros("create_time"),
  micros("submit_time"),
  micros("status_last_modified_time"),
];

/** What to select of `applications` for `readApplicationRow`. */
export const applicationColumns = `concat(${facts.join(", ',', ")}) as facts, language, status,
  application_note, submitter_type, ti_email, ti_organization, extra_fields, answers`;

/** Reads a row that was selected. */
export function readApplicationRow(row: SelectedApplication): ApplicationRow {
  const [applicationId = "", shapeId = "", revisionState = "", ...numbers] = row.facts.split(",");
  const [
    applicantId = "",
    programVersionId = "",
    createTime = "",
    submitTime = "",
    statusTime = "",
  ] = numbers;
  return {
    applicationId,
    shapeId,
    revisionState,
    applicantId,
    programVersionId,
    createTime,
    submitTime,
    statusLastModifiedTime: statusTime,
    language: row.language,
    status: row.status,
    applicationNote: row.application_note,
    submitterType: row.submitter_type,
    tiEmail: row.ti_email,
    tiOrganization: row.ti_organization,
    extraFields: row.extra_fields,
    answers: row.answers,
  };
}
