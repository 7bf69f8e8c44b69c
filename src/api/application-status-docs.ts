/** The docs of the routes in `application-status.ts`. */
import {
  bodyProblems,
  jsonDocs,
  problemDocs,
  programSlugParameter,
  type RouteDocs,
} from "../domain/openapi/operations.ts";
import { ref } from "../domain/openapi/schema.ts";
import { applicationIdParameter } from "./application-docs.ts";

const parameters = [programSlugParameter, applicationIdParameter];
const problems = { 404: problemDocs("The program has no application with this ID.") };

/** The docs of setting a status. */
export const setStatusDocs: RouteDocs = {
  operationId: "set_application_status",
  summary: "Set the status of an application",
  description:
    "Sets the status and note of an application, and adds to its history. Needs WRITE on the program. A later import replaces them only if its `status_last_modified_time` is later.",
  parameters,
  body: {
    description:
      "`status` is a text of up to 200 characters, or null for none. `note` has up to 10,000; null removes it, and leaving it out keeps it.",
    schema: ref("status_form"),
  },
  responses: {
    200: jsonDocs(
      "The new status, and the note if one was sent. Reading the rest of the application needs READ.",
      "status",
    ),
    400: problemDocs("The body isn’t a JSON object, or the program has no active version."),
    ...problems,
    ...bodyProblems,
  },
};

/** The docs of the history. */
export const historyDocs: RouteDocs = {
  operationId: "list_status_changes",
  summary: "List the status changes of an application",
  description: "The changes of an application’s status and note, newest first, up to 1,000. Needs READ on the program.",
  parameters,
  responses: {
    200: jsonDocs("The changes.", "history"),
    400: problemDocs("The program has no active version."),
    ...problems,
  },
};
