/** The schemas around people's answers: the list, an application, its status, a submission, a problem. */
import type { Shown } from "../applications/stored/shown.ts";
import { listOf, nullable, objectOf, ref, type Schema, type Schemas } from "./schema.ts";

const time = { format: "date-time" } as const;
const id = { type: "integer", format: "int64" } as const;

/**
 * The schemas that every document has. `answers` is what `application` holds; `submittedAnswers` is what
 * it may hold when it is submitted.
 */
export function applicationSchemas({
  answers,
  submittedAnswers,
  shown,
}: {
  answers: Schema;
  submittedAnswers: Schema;
  /** What of an application the reader is shown. */
  shown: Pick<Shown, "hasField">;
}): Schemas {
  const hidden = ["application_note", "ti_email", "ti_organization"].filter((name) => !shown.hasField(name));
  if (hidden.includes("application_note")) hidden.push("note", "previous_note");
  const withoutHidden = (members: Schemas): Schemas =>
    Object.fromEntries(Object.entries(members).filter(([name]) => !hidden.includes(name)));
  return {
    result: objectOf({
      payload: listOf(ref("application")),
      nextPageToken: nullable("string", {
        description: "Requests the next page; null on the last page.",
      }),
    }),
    application: objectOf(
      withoutHidden({
        applicant_id: id,
        application_id: id,
        create_time: { ...time, type: "string", description: "In the instance's time zone." },
        language: nullable("string", { description: "BCP 47, such as `en-US`." }),
        program_name: { type: "string", description: "The program's admin name." },
        program_version_id: nullable("integer", {
          format: "int64",
          description: "The program version the application was submitted to.",
        }),
        revision_state: {
          type: "string",
          enum: ["CURRENT", "OBSOLETE"],
          description: "OBSOLETE when the applicant has submitted a newer application.",
        },
        status: nullable("string"),
        status_last_modified_time: nullable("string", time),
        application_note: nullable("string"),
        submit_time: { ...time, type: "string" },
        submitter_type: nullable("string", {
          description: "`APPLICANT` or `TRUSTED_INTERMEDIARY`.",
        }),
        ti_email: nullable("string"),
        ti_organization: nullable("string"),
        application: ref("answers"),
      }),
    ),
    answers,
    ...statusSchemas(withoutHidden),
    submission: objectOf(
      {
        applicant_id: {
          ...id,
          description: "The applicant's ID. Their CURRENT applications become OBSOLETE.",
        },
        language: { type: "string", description: "BCP 47, such as `en-US`." },
        submitter: ref("submitter"),
        application: ref("submitted_answers"),
      },
      { optional: ["submitter"], additionalProperties: false },
    ),
    submitter: objectOf(
      {
        type: { type: "string", enum: ["APPLICANT", "TRUSTED_INTERMEDIARY"] },
        ti_email: nullable("string", {
          format: "idn-email",
          description: "Required for a trusted intermediary; null or left out for an applicant.",
        }),
        ti_organization: nullable("string"),
      },
      {
        description: "Who submits the application. Default: the applicant.",
        optional: ["ti_email", "ti_organization"],
        additionalProperties: false,
      },
    ),
    submitted_answers: submittedAnswers,
    problem: problemSchema,
  };
}

const problemSchema: Schema = objectOf(
  {
    type: { type: "string" },
    title: { type: "string" },
    status: { type: "integer" },
    detail: { type: "string", description: "What went wrong, in one sentence." },
    errors: listOf(
      objectOf({
        pointer: {
          type: "string",
          description: "The place in the body, as a JSON Pointer (RFC 6901).",
          examples: ["/status"],
        },
        detail: { type: "string" },
      }),
      { description: "Everything wrong with the request body." },
    ),
    requestId: {
      type: "string",
      description: "Identifies the call in the log. Give it to an admin.",
    },
  },
  { description: "Problem details (RFC 9457).", optional: ["errors"] },
);

/** To set a status, to read one, and their history. */
const statusSchemas = (withoutHidden: (members: Schemas) => Schemas): Schemas => ({
  status_form: objectOf(
    {
      status: nullable("string", { examples: ["Approved"] }),
      note: nullable("string"),
    },
    { optional: ["note"] },
  ),
  status: objectOf(
    withoutHidden({
      application_id: { type: "integer", format: "int64" },
      status: nullable("string"),
      status_last_modified_time: { ...time, type: "string" },
      application_note: nullable("string", { description: "Only if a note was sent." }),
    }),
    { optional: ["application_note"] },
  ),
  erased_list: objectOf({
    erased: listOf(objectOf({ applicationId: id, erasedAt: { ...time, type: "string" } })),
    until: { ...time, type: "string", description: "What to send as `since` next, in UTC." },
  }),
  history: objectOf({ payload: listOf(ref("status_change")) }),
  status_change: objectOf(
    withoutHidden({
      status: nullable("string"),
      note: nullable("string"),
      time: { ...time, type: "string", description: "When it changed, in the instance's time zone." },
      previous_status: nullable("string"),
      previous_note: nullable("string"),
      source: { type: "string", enum: ["API", "IMPORT", "PERSON"] },
      api_key_name: nullable("string", {
        description: "The name of the key that set it; null for `IMPORT` and `PERSON`.",
      }),
    }),
  ),
});
