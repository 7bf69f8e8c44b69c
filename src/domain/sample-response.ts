/** A list answer with one invented application, as this program's would look (spec 4, "Generated docs"). */
import { renderApplication } from "./application-rendering.ts";
import type { DocumentedProgram } from "./documented-programs.ts";
import type { DocumentedQuestion } from "./documented-questions.ts";
import { type AnswerType, unansweredText } from "./question-types.ts";

/** Below this many enumerators the entities of a sample are left out: it is there to be read. */
const nestingMax = 4;

/** The sample as indented JSON. CiviForm's own values, and entities too, which CiviForm leaves out. */
export function sampleResponse(program: DocumentedProgram, { zone }: { zone: string }): string {
  const answers = JSON.stringify(sampleAnswers(program.questions, 0));
  const application = renderApplication(
    {
      application_id: "456",
      shape_id: "0",
      numbers: `123,${program.version},1685047575000000,1685133975000000,`,
      language: "en-US",
      revision_state: "CURRENT",
      status: null,
      application_note: null,
      submitter_type: "APPLICANT",
      ti_email: null,
      ti_organization: null,
      extra_fields: null,
      answers,
    },
    { adminName: program.adminName, zone, answers },
  );
  return JSON.stringify(JSON.parse(`{"payload":[${application}],"nextPageToken":null}`), null, 2);
}

/** `depth` is how many enumerators are around these questions. */
function sampleAnswers(questions: readonly DocumentedQuestion[], depth: number): object {
  return Object.fromEntries(
    questions.map((documented) => [documented.key, sampleAnswer(documented, depth)]),
  );
}

function sampleAnswer(documented: DocumentedQuestion, depth: number): object {
  const { type } = documented.question;
  const unanswered: object = JSON.parse(unansweredText(type));
  return documented.isAsked
    ? { ...unanswered, ...sampleFields[type](documented, depth) }
    : unanswered;
}

/** What differs from the unanswered question. */
const sampleFields: Readonly<
  Record<AnswerType, (documented: DocumentedQuestion, depth: number) => object>
> = {
  ADDRESS: () => ({
    street: "742 Evergreen Terrace",
    city: "Springfield",
    state: "OR",
    zip: "97403",
    corrected: "Corrected",
    latitude: "44.0462",
    longitude: "-123.0236",
    well_known_id: "23214",
    service_area: "springfield_InArea_1709069741",
  }),
  CURRENCY: () => ({ currency_dollars: 123.45 }),
  DATE: () => ({ date: "2023-01-02" }),
  EMAIL: () => ({ email: "homer.simpson@springfield.gov" }),
  ENUMERATOR: (documented, depth) => ({ entities: sampleEntities(documented, depth + 1) }),
  FILE_UPLOAD: () => ({
    file_urls: ["https://civiform.example.org/admin/applicant-files/my-file-key"],
  }),
  ID: () => ({ id: "12345" }),
  MAP: () => ({ selections: ["1"] }),
  MULTI_SELECT: ({ options }) => ({ selections: options.current.slice(0, 2) }),
  NAME: () => ({ first_name: "Homer", middle_name: "Jay", last_name: "Simpson" }),
  NUMBER: () => ({ number: 12321 }),
  PHONE: () => ({ phone_number: "+12143673764" }),
  SINGLE_SELECT: ({ options }) => ({ selection: options.current[0] ?? null }),
  TEXT: () => ({ text: "A sentence or two." }),
};

/** Entities have the questions of their own version only. */
function sampleEntities({ repeated }: DocumentedQuestion, depth: number): object[] {
  if (depth > nestingMax) return [];
  const asked = repeated.filter(({ isAsked }) => isAsked);
  return [{ entity_name: "Lisa", ...sampleAnswers(asked, depth) }];
}
