/** An invented application, as this program's would be submitted and listed (spec 4, "Generated docs"). */
import { renderApplication } from "./application-rendering.ts";
import type { DocumentedProgram } from "./documented-programs.ts";
import { sampleAnswers } from "./sample-answers.ts";

/** A list answer as indented JSON. CiviForm's own values, and entities too, which CiviForm leaves out. */
export function sampleResponse(program: DocumentedProgram, { zone }: { zone: string }): string {
  const answers = JSON.stringify(sampleAnswers(program.questions));
  const application = renderApplication(
    {
      applicationId: "456",
      shapeId: "0",
      revisionState: "CURRENT",
      applicantId: "123",
      programVersionId: String(program.version),
      createTime: "1685047575000000",
      submitTime: "1685133975000000",
      statusLastModifiedTime: "",
      language: "en-US",
      status: null,
      applicationNote: null,
      submitterType: "APPLICANT",
      tiEmail: null,
      tiOrganization: null,
      extraFields: null,
      answers,
    },
    { adminName: program.adminName, zone, answers },
  );
  return JSON.stringify(JSON.parse(`{"payload":[${application}],"nextPageToken":null}`), null, 2);
}

/** The body of a submission as indented JSON: the questions of the version, which takes it. */
export function sampleSubmission({ questions }: DocumentedProgram): string {
  const application = sampleAnswers(questions.filter(({ isAsked }) => isAsked));
  return JSON.stringify({ applicant_id: 123, language: "en-US", application }, null, 2);
}
