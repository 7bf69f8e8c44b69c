/** The docs of the routes in `own-key.ts`. */
import { bodyProblems, jsonDocs, problemDocs, type RouteDocs } from "../domain/openapi/operations.ts";
import { objectOf } from "../domain/openapi/schema.ts";

/** The docs of what a key can do. */
export const getOwnKeyDocs: RouteDocs = {
  operationId: "get_key",
  summary: "Get your key",
  description:
    "What the key that makes the call can do, until when and from where, and the address the call came from.",
  parameters: [],
  responses: { 200: jsonDocs("The key.", "own_key") },
};

/** The docs of retiring the own key. */
export const retireOwnKeyDocs: RouteDocs = {
  operationId: "retire_key",
  summary: "Retire your key",
  description:
    "Retires the key that makes the call, for good: use it when the secret has leaked. Works from any address, and with an expired key. The key’s contact and the support address are told.",
  parameters: [],
  responses: {
    200: jsonDocs("The key is retired. Every further call with it gets 401, including this one.", "retired_key"),
  },
};

/** The docs of rotating the own key. */
export const rotateOwnKeyDocs: RouteDocs = {
  operationId: "rotate_key",
  summary: "Rotate your key",
  description:
    "Replaces the key that makes the call, if an admin allowed it until `renewUntil`. The new key has the same name, subnets and grants, and lives as long as the old one was to live, but not past `renewUntil`. A key is replaced once, and its successor’s secret is shown once: a lost response can’t be asked for again, not even with an `Idempotency-Key`, and an admin must help.",
  parameters: [],
  body: {
    description: "How long the old key keeps working.",
    schema: objectOf({
      graceHours: { type: "integer", minimum: 0, maximum: 168, description: "0 stops the old key at once." },
    }),
  },
  responses: {
    201: jsonDocs("The new key with its credentials, which are in no other response.", "rotated_key"),
    400: problemDocs("The body isn’t a JSON object."),
    403: problemDocs("No admin allowed the key to replace itself, or `renewUntil` has passed."),
    409: problemDocs("The key has been replaced already, or an admin must restrict it first."),
    ...bodyProblems,
  },
};
