/** An invented application to a program, as it is submitted and as it is listed. */

import { formatInstant } from "../../lib/time/instants.ts";
import type { metadataFields } from "../applications/stored/head.ts";
import type { DocumentedProgram } from "./documented-program.ts";
import { sampleAnswers } from "./sample-answers.ts";

/** A list answer as indented JSON. CiviForm's own values, and entities too, which CiviForm leaves out. */
export function sampleResponse(program: DocumentedProgram, { zone }: { zone: string }): string {
  const metadata: Readonly<Record<(typeof metadataFields)[number], string | number | null>> = {
    applicant_id: 123,
    application_id: 456,
    create_time: formatInstant(1_685_047_575_000_000n, zone),
    language: "en-US",
    program_name: program.adminName,
    program_version_id: program.version,
    revision_state: "CURRENT",
    status: null,
    status_last_modified_time: null,
    application_note: null,
    submit_time: formatInstant(1_685_133_975_000_000n, zone),
    submitter_type: "APPLICANT",
    ti_email: null,
    ti_organization: null,
  };
  const application = { ...metadata, application: sampleAnswers(program.questions) };
  return JSON.stringify({ payload: [application], nextPageToken: null }, null, 2);
}

/** The body of a submission as indented JSON: the questions of the version, which takes it. */
export function sampleSubmission({ questions }: DocumentedProgram): string {
  const application = sampleAnswers(questions.filter(({ isAsked }) => isAsked));
  return JSON.stringify({ applicant_id: 123, language: "en-US", application }, null, 2);
}
