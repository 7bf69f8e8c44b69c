/** The docs of the routes in `applications.ts`. */
import {
  jsonDocs,
  type ParameterDocs,
  problemDocs,
  programSlugParameter,
  queryParameter,
  type RouteDocs,
} from "../domain/openapi/operations.ts";
import { ref } from "../domain/openapi/schema.ts";

const timeNote =
  "A date-time with an offset (`2026-01-31T10:30:00-08:00`), a date-time in the instance’s time zone (`2026-01-31T10:30:00`), or a date (`2026-01-31`, the start of that day in the instance’s time zone).";

const listParameters: readonly ParameterDocs[] = [
  queryParameter("fromDate", `Only applications submitted at this time or later. ${timeNote}`),
  queryParameter("toDate", "Only applications submitted before this time. Same formats as `fromDate`."),
  queryParameter(
    "modifiedSince",
    "Only applications added or changed in CiviKey at this time or later: new ones, and those whose status, note, answers or revision state changed. The earliest change comes first. Same formats as `fromDate`; send the `CiviKey-Modified-Until` of your previous walk.",
  ),
  queryParameter("revisionState", "Only applications in this state. Default: both.", {
    type: "string",
    enum: ["CURRENT", "OBSOLETE"],
  }),
  queryParameter("pageSize", "Applications per page. Values above the instance’s maximum (1,000) are lowered to it.", {
    type: "integer",
    minimum: 1,
  }),
  queryParameter(
    "nextPageToken",
    "From an earlier response: continues that listing. You can leave out the other parameters; those you send must mean the same as before.",
  ),
];

/** The docs of the list. */
export const listDocs: RouteDocs = {
  operationId: "list_applications",
  summary: "List applications",
  description:
    "Submitted applications to all versions of the program, highest ID first, unless `modifiedSince` is given. JSON comes page by page. NDJSON and CSV stream everything in one response, unless `pageSize` is given.",
  parameters: [programSlugParameter, ...listParameters],
  responses: {
    200: {
      description: "One page, or the stream. CSV has a header row and a column for each answer.",
      headers: {
        Link: {
          description: 'The next page, as `<...>; rel="next"`, when there is one.',
          schema: { type: "string" },
        },
        "CiviKey-Modified-Until": {
          description:
            "With `modifiedSince`: the value to send as `modifiedSince` next time. Use the one from the last page of this walk.",
          schema: { type: "string", format: "date-time" },
        },
      },
      content: {
        "application/json": ref("result"),
        "application/x-ndjson": ref("application"),
        "text/csv": { type: "string" },
      },
    },
    400: problemDocs("A parameter or the page token is invalid, or the program has no active version."),
  },
};

/** The parameter of the routes of one application. */
export const applicationIdParameter: ParameterDocs = {
  name: "applicationId",
  in: "path",
  description: "The `application_id`.",
  schema: { type: "integer", format: "int64" },
};

/** The docs of reading one application. */
export const getDocs: RouteDocs = {
  operationId: "get_application",
  summary: "Get one application",
  description: "One submitted application to any version of the program.",
  parameters: [programSlugParameter, applicationIdParameter],
  responses: {
    200: jsonDocs("The application.", "application"),
    400: problemDocs("The program has no active version."),
    404: problemDocs("The program has no application with this ID."),
  },
};

/** The docs of the list of erased applications. */
export const erasedDocs: RouteDocs = {
  operationId: "list_erased_applications",
  summary: "List erased applications",
  description:
    "The IDs of applications that were erased for good, earliest erasure first, about 10,000 at once. Delete your copies of them. Ask again with `since` set to `until`, while `erased` isn’t empty; next time, go on from the last `until`.",
  parameters: [
    programSlugParameter,
    queryParameter("since", `Only applications erased at this time or later. Default: all. ${timeNote}`),
  ],
  responses: {
    200: jsonDocs("Erased applications.", "erased_list"),
    400: problemDocs("The time is malformed, or the program has no active version."),
  },
};
