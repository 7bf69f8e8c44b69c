/** The docs of the route in `submissions.ts`. */
import {
  bodyProblems,
  jsonDocs,
  problemDocs,
  programSlugParameter,
  type RouteDocs,
} from "../domain/openapi/operations.ts";
import { ref } from "../domain/openapi/schema.ts";

/** The docs of submitting an application. */
export const submitDocs: RouteDocs = {
  operationId: "submit_application",
  summary: "Submit an application",
  description:
    "Needs WRITE on the program. The answers are checked against the program’s active version. The applicant’s earlier CURRENT applications to the program become OBSOLETE.",
  parameters: [
    programSlugParameter,
    {
      name: "Idempotency-Key",
      in: "header",
      description:
        "Makes a retry safe for at least a day: the same key with the same body gets the same response, and stores nothing again. 1 to 255 visible characters, such as a UUID; use a new one for each application.",
      schema: { type: "string" },
    },
  ],
  body: { description: "The application, up to 1 MiB.", schema: ref("submission") },
  responses: {
    201: {
      ...jsonDocs("The application as stored, and as the list returns it from now on.", "application"),
      headers: { Location: { description: "The address of the new application.", schema: { type: "string" } } },
    },
    400: problemDocs("The program has no active version, the body isn’t a JSON object, or the header is malformed."),
    404: problemDocs("The application that this `Idempotency-Key` made was erased."),
    ...bodyProblems,
  },
};
