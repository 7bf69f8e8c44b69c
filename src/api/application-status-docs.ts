/** What the documents say of the routes of `application-status.ts` (spec 5). */
import {
  bodyProblems,
  problemDocs,
  programSlugParameter,
  type RouteDocs,
} from "../domain/openapi/operations.ts";
import { ref } from "../domain/openapi/schema.ts";
import { applicationIdParameter } from "./application-docs.ts";

const parameters = [programSlugParameter, applicationIdParameter];
const problems = {
  404: problemDocs("The program has no such application."),
};

/** Of setting a status. */
export const setStatusDocs: RouteDocs = {
  operationId: "set_application_status",
  summary: "Set the status of an application",
  description:
    "Sets the status and the note of an application, and adds to its history. Needs WRITE on the program. What comes with an import later replaces it only when it says a later `status_last_modified_time`.",
  parameters,
  body: {
    description:
      "`status` is any text of up to 200 characters, or null for none. `note` has up to 10,000; null takes it away, and without it the note stays as it is.",
    schema: ref("status_form"),
  },
  responses: {
    200: {
      description:
        "The status as it is now, and the note when one was sent. Nothing else of the application: that needs READ.",
      content: { "application/json": ref("status") },
    },
    400: problemDocs("The body is no JSON object, or the program has no active version."),
    ...problems,
    ...bodyProblems,
  },
};

/** Of the history. */
export const historyDocs: RouteDocs = {
  operationId: "list_status_changes",
  summary: "List the status changes of an application",
  description:
    "Every change of the status or the note of an application, the newest first, 1,000 at most. Needs READ on the program.",
  parameters,
  responses: {
    200: { description: "The changes.", content: { "application/json": ref("history") } },
    400: problemDocs("The program has no active version."),
    ...problems,
  },
};
