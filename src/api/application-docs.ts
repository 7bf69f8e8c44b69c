/** What the documents say of the routes of `applications.ts` (spec 4). */
import {
  type ParameterDocs,
  problemDocs,
  programSlugParameter,
  type RouteDocs,
} from "../domain/openapi/operations.ts";
import { ref } from "../domain/openapi/schema.ts";

const timeNote =
  "A date-time with offset (`2026-01-31T10:30:00-08:00`), a date-time in the zone of the instance (`2026-01-31T10:30:00`), or a date (`2026-01-31`: the start of that day there).";

const listParameters: readonly ParameterDocs[] = [
  {
    name: "fromDate",
    in: "query",
    description: `Only applications that were submitted at this time or later. ${timeNote}`,
    schema: { type: "string" },
  },
  {
    name: "toDate",
    in: "query",
    description: "Only applications that were submitted before this time; written like `fromDate`.",
    schema: { type: "string" },
  },
  {
    name: "modifiedSince",
    in: "query",
    description:
      "Only applications that were added or changed here at this time or later: new ones, changed statuses and notes, those that became OBSOLETE, and changed answers. They come in that order, those that changed first coming first. Written like `fromDate`; ask for the `CiviKey-Modified-Until` of the walk before.",
    schema: { type: "string" },
  },
  {
    name: "revisionState",
    in: "query",
    description: "Only applications in this state; both without it.",
    schema: { type: "string", enum: ["CURRENT", "OBSOLETE"] },
  },
  {
    name: "pageSize",
    in: "query",
    description: "Applications on a page. More than the instance allows (1,000) is what it allows.",
    schema: { type: "integer", minimum: 1 },
  },
  {
    name: "nextPageToken",
    in: "query",
    description:
      "From an earlier answer: continues that listing. Parameters that are left out beside it come from it; those that are given must mean the same.",
    schema: { type: "string" },
  },
];

/** Of the list. */
export const listDocs: RouteDocs = {
  operationId: "list_applications",
  summary: "List applications",
  description:
    "Submitted applications to all versions of the program, the highest id first, unless `modifiedSince` is given. JSON comes page by page; NDJSON and CSV stream everything in one answer, unless `pageSize` is given.",
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
            "With `modifiedSince`: what to give as `modifiedSince` the next time, once this walk has come to its end. Take that of its last page.",
          schema: { type: "string", format: "date-time" },
        },
      },
      content: {
        "application/json": ref("result"),
        "application/x-ndjson": ref("application"),
        "text/csv": { type: "string" },
      },
    },
    400: problemDocs(
      "A parameter or the page token is wrong, or the program has no active version.",
    ),
  },
};

/** The parameter of every route of one application. */
export const applicationIdParameter: ParameterDocs = {
  name: "applicationId",
  in: "path",
  description: "The `application_id`.",
  schema: { type: "integer", format: "int64" },
};

/** Of one application. */
export const getDocs: RouteDocs = {
  operationId: "get_application",
  summary: "Get one application",
  description: "One submitted application to any version of the program.",
  parameters: [programSlugParameter, applicationIdParameter],
  responses: {
    200: { description: "The application.", content: { "application/json": ref("application") } },
    400: problemDocs("The program has no active version."),
    404: problemDocs("The program has no such application."),
  },
};
