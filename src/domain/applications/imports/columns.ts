/** The columns of `applications` that a record fills, and records as COPY reads them. */

import { type CopyValue, writeCopyRow } from "../../../db/copy-text.ts";
import { ByteWriter } from "../../../lib/json/byte-writer.ts";
import type { ApplicationRecord } from "./records.ts";

/** A record on its way: where it stood in the file, from 1, and the index of its shape. */
export interface ReadApplication {
  readonly record: ApplicationRecord;
  readonly position: number;
  readonly shapeIndex: number;
}

/** Their types by their names. */
export const recordColumns = {
  application_id: "bigint",
  applicant_id: "bigint",
  program_version_id: "bigint",
  create_time: "timestamptz",
  submit_time: "timestamptz",
  language: "text",
  revision_state: "text",
  status: "text",
  status_last_modified_time: "timestamptz",
  application_note: "text",
  submitter_type: "text",
  ti_email: "text",
  ti_organization: "text",
  extra_fields: "text",
  answers: "text",
} as const;

/** Their names, in the order in which a copy writer writes them. */
export const recordColumnNames: readonly string[] = Object.keys(recordColumns);

/** Makes a writer of rows for COPY: what `leadOf` tells of each, and the columns of its record. */
export function createCopyWriter() {
  const out = new ByteWriter(64 * 1024);
  /** What it gives stays as it is until the next call: new memory for every batch costs more than to fill it. */
  return (
    rows: readonly ReadApplication[],
    leadOf: (row: ReadApplication) => readonly CopyValue[],
  ): Uint8Array => {
    out.clear();
    for (const row of rows) writeCopyRow(out, [...leadOf(row), ...valuesOf(row.record)]);
    return out.finish();
  };
}

/** Writes rows for COPY. */
export type CopyWriter = ReturnType<typeof createCopyWriter>;

function valuesOf(record: ApplicationRecord): CopyValue[] {
  return [
    record.applicationId,
    record.applicantId,
    record.programVersionId,
    record.createTime,
    record.submitTime,
    record.language,
    record.revisionState,
    record.status,
    record.statusLastModifiedTime,
    record.applicationNote,
    record.submitterType,
    record.tiEmail,
    record.tiOrganization,
    record.extraFields,
    record.answers,
  ];
}
