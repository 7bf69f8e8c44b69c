/** An invented application to a program, as it is submitted and as it is listed: CiviForm's own values, within the limits of each question. */
import { formatInstant } from "../../lib/time/instants.ts";
import type { metadataFields } from "../applications/stored/head.ts";
import type { DocumentedQuestion } from "../programs/questions/documented.ts";
import { type AnswerType, unansweredText } from "../programs/questions/types.ts";
import type { DocumentedProgram } from "./documented-program.ts";

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
  const fields = Object.entries(metadata).filter(([name]) => program.shown.hasField(name));
  const application = { ...Object.fromEntries(fields), application: sampleAnswers(program.questions) };
  return JSON.stringify({ payload: [application], nextPageToken: null }, null, 2);
}

/** The body of a submission as indented JSON: the questions of the version, which takes it. */
export function sampleSubmission({ questions }: DocumentedProgram): string {
  const application = sampleAnswers(questions.filter(({ isAsked }) => isAsked));
  return JSON.stringify({ applicant_id: 123, language: "en-US", application }, null, 2);
}

/** Below this many enumerators the entities of a sample are left out: it is there to be read. */
const nestingMax = 4;
/** Longer texts and lists are no sample any more, whatever a question asks for at least. */
const sizeMax = 1000;

/** Answers by question key: what the version asks is answered, what only earlier ones asked is not. */
function sampleAnswers(questions: readonly DocumentedQuestion[], depth = 0): object {
  return Object.fromEntries(questions.map((documented) => [documented.key, sampleAnswer(documented, depth)]));
}

/** `depth` is how many enumerators are around the question. */
function sampleAnswer(documented: DocumentedQuestion, depth: number): object {
  const { type } = documented.question;
  const unanswered: object = JSON.parse(unansweredText(type));
  return documented.isAsked ? { ...unanswered, ...sampleFields[type](documented, depth) } : unanswered;
}

/** What differs from the unanswered question. */
const sampleFields: Readonly<Record<AnswerType, (documented: DocumentedQuestion, depth: number) => object>> = {
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
  FILE_UPLOAD: ({ limits }) => ({
    file_urls: ["https://civiform.example.org/admin/applicant-files/my-file-key"].slice(0, fit(1, limits)),
  }),
  ID: ({ limits }) => ({ id: "12345".padEnd(fit(5, limits), "0").slice(0, fit(5, limits)) }),
  MAP: ({ limits }) => ({ selections: ["1"].slice(0, fit(1, limits)) }),
  MULTI_SELECT: ({ options, limits }) => ({ selections: options.current.slice(0, fit(2, limits)) }),
  NAME: () => ({ first_name: "Homer", middle_name: "Jay", last_name: "Simpson" }),
  NUMBER: ({ limits: { min, max } }) => ({
    number: Math.max(min ?? -Infinity, Math.min(max ?? Infinity, 12321)),
  }),
  PHONE: () => ({ phone_number: "+12143673764" }),
  SINGLE_SELECT: ({ options }) => ({ selection: options.current[0] ?? null }),
  TEXT: ({ limits }) => {
    const text = "A sentence or two.";
    const length = fit(text.length, limits);
    return { text: text.padEnd(length, ".").slice(0, length) };
  },
};

/** The size that is wanted, or the nearest that is allowed. */
function fit(wanted: number, { min, max }: DocumentedQuestion["limits"]): number {
  return Math.max(0, Math.min(sizeMax, max ?? sizeMax, Math.max(wanted, min ?? 0)));
}

/** Entities have the questions of their own version only. */
function sampleEntities({ repeated, limits }: DocumentedQuestion, depth: number): object[] {
  if (depth > nestingMax) return [];
  const asked = repeated.filter(({ isAsked }) => isAsked);
  // Nested ones would multiply.
  const count = depth === 1 ? fit(1, limits) : 1;
  return Array.from({ length: count }, (_, index) => ({
    entity_name: index === 0 ? "Lisa" : `Lisa ${index + 1}`,
    ...sampleAnswers(asked, depth),
  }));
}
