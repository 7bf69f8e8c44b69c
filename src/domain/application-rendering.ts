/** Writes applications as the API serves them: JSON texts, put together from bytes (spec 4). */
import { type Completion, writeAnswers } from "./answer-completion.ts";
import {
  type ApplicationRow,
  answersOf,
  fact,
  factCount,
  readTime,
  splitFacts,
  timeOffsets,
} from "./application-rows.ts";
import { type ByteWriter, utf8 } from "./byte-writer.ts";
import { writeInstantIn } from "./instants.ts";
import { closingBrace, comma, quote } from "./json-marks.ts";

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

const names = Object.fromEntries(
  [...metadataFields, "application"].map((name, index) => [
    name,
    utf8(`${index === 0 ? "{" : ","}"${name}":`),
  ]),
) as Readonly<Record<(typeof metadataFields)[number] | "application", Uint8Array>>;
const nothing = utf8("null");

/** Writes one application, its answers made complete. */
export type WriteApplication = (
  out: ByteWriter,
  row: ApplicationRow,
  completion: Completion | undefined,
) => void;

/** Makes the writer of a program's applications, with times in a zone. */
export function writeApplicationsOf(program: {
  adminName: string;
  zone: string;
}): WriteApplication {
  const programName = utf8(JSON.stringify(program.adminName));
  const writeInstant = writeInstantIn(program.zone);
  const starts = new Int32Array(factCount);

  function writeTime(out: ByteWriter, facts: Uint8Array, start: number): void {
    if (start >= facts.length) {
      out.writeBytes(nothing);
      return;
    }
    const { seconds, micros } = readTime(facts, start);
    out.writeByte(quote);
    writeInstant(out, seconds, micros);
    out.writeByte(quote);
  }

  return (out, row, completion) => {
    const [facts, language, status, applicationNote, submitterType, tiEmail, tiOrganization] = row;
    const extraFields = row[7];
    splitFacts(facts, starts);
    const times = starts[fact.times] as number;
    out.writeBytes(names.applicant_id);
    writeFact(out, facts, starts, fact.applicantId);
    out.writeBytes(names.application_id);
    writeFact(out, facts, starts, fact.applicationId);
    out.writeBytes(names.create_time);
    writeTime(out, facts, times + timeOffsets.createTime);
    out.writeBytes(names.language);
    writeText(out, language);
    out.writeBytes(names.program_name);
    out.writeBytes(programName);
    out.writeBytes(names.program_version_id);
    writeFact(out, facts, starts, fact.programVersionId);
    out.writeBytes(names.revision_state);
    out.writeByte(quote);
    writeFact(out, facts, starts, fact.revisionState);
    out.writeByte(quote);
    out.writeBytes(names.status);
    writeText(out, status);
    out.writeBytes(names.status_last_modified_time);
    writeTime(out, facts, times + timeOffsets.statusLastModifiedTime);
    out.writeBytes(names.application_note);
    writeText(out, applicationNote);
    out.writeBytes(names.submit_time);
    writeTime(out, facts, times + timeOffsets.submitTime);
    out.writeBytes(names.submitter_type);
    writeText(out, submitterType);
    out.writeBytes(names.ti_email);
    writeText(out, tiEmail);
    out.writeBytes(names.ti_organization);
    writeText(out, tiOrganization);
    if (extraFields !== null) {
      out.writeByte(comma);
      out.writePart(extraFields, 1, extraFields.length - 1);
    }
    out.writeBytes(names.application);
    writeAnswers(out, answersOf(row), completion);
    out.writeByte(closingBrace);
  };
}

function writeText(out: ByteWriter, text: Uint8Array | null): void {
  if (text === null) out.writeBytes(nothing);
  else out.writeJsonString(text);
}

/** One that is empty is null. */
function writeFact(out: ByteWriter, facts: Uint8Array, starts: Int32Array, part: number): void {
  const start = starts[part] as number;
  const end = (starts[part + 1] as number) - 1;
  if (start === end) out.writeBytes(nothing);
  else out.writePart(facts, start, end);
}
