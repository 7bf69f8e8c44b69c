/** What the documents say of the route of `submissions.ts` (spec 5). */
import {
  bodyProblems,
  problemDocs,
  programSlugParameter,
  type RouteDocs,
} from "../domain/openapi/operations.ts";
import { ref } from "../domain/openapi/schema.ts";

/** Of the submission. */
export const submitDocs: RouteDocs = {
  operationId: "submit_application",
  summary: "Submit an application",
  description:
    "Needs a grant with WRITE. The answers are checked against the active version of the program. The applicant's earlier CURRENT applications to the program become OBSOLETE.",
  parameters: [
    programSlugParameter,
    {
      name: "Idempotency-Key",
      in: "header",
      description:
        "Makes a retry harmless, for a day at least: the same key with the same body gives the same answer, and stores nothing again. 1 to 255 visible characters, such as a UUID, another one for each application.",
      schema: { type: "string" },
    },
  ],
  body: {
    description: "The application, 1 MiB at most.",
    schema: ref("submission"),
  },
  responses: {
    201: {
      description: "The application as it was stored, and as the list gives it from now on.",
      headers: {
        Location: { description: "Where it can be read.", schema: { type: "string" } },
      },
      content: { "application/json": ref("application") },
    },
    400: problemDocs(
      "The program has no active version, the body is no JSON object, or the header is malformed.",
    ),
    ...bodyProblems,
  },
};
