/** The OpenAPI 3.1 document of the whole API: answers can be of every type. */
import { allQuestions, questionModes } from "../access/questions.ts";
import { createShown } from "../applications/stored/shown.ts";
import { answerSchema, answerTypes } from "./answer-schemas.ts";
import { applicationSchemas } from "./application-schemas.ts";
import type { Operation } from "./operations.ts";
import { listPaths } from "./paths.ts";
import { listOf, nullable, objectOf, ref, type Schemas } from "./schema.ts";

/** What the document is made of. */
interface ApiDocumentInput {
  readonly operations: readonly Operation[];
  /** The product's version. */
  readonly version: string;
  /** The origin of the public URL. */
  readonly baseUrl: string;
}

/** What the API is, in a sentence. */
const apiDescription =
  "Read the applications people submit to CiviForm programs, and set their status. Clients written for CiviForm work once you change their base URL and credentials.";

/** Builds the document. */
export function apiDocument({ operations, version, baseUrl }: ApiDocumentInput) {
  return {
    openapi: "3.1.1",
    info: { title: "CiviKey API", version, description: apiDescription },
    servers: [{ url: `${baseUrl}/api/v1` }],
    security: [{ basicAuth: [] }],
    paths: listPaths(operations, "3.1"),
    components: {
      securitySchemes: {
        basicAuth: {
          type: "http",
          scheme: "basic",
          description: "The key ID is the username and the secret is the password.",
        },
      },
      schemas: apiSchemas,
    },
  };
}

const keyFacts: Schemas = {
  name: { type: "string" },
  keyId: { type: "string" },
  state: { type: "string", enum: ["active", "expired", "retired"] },
  expiration: { type: "string", format: "date-time", description: "When it stops working." },
};
const questions = objectOf({
  mode: { type: "string", enum: [...questionModes] },
  keys: listOf({
    type: "string",
    description:
      "A question key, or `application_note`, or `trusted_intermediary` for `ti_email` and `ti_organization`.",
  }),
});
const renewUntil = nullable("string", {
  format: "date-time",
  description: "Until when the key can replace itself; null if only an admin can.",
});

/** What the key that makes a call looks like, and the list of its programs. */
const keySchemas: Schemas = {
  own_key: objectOf({
    ...keyFacts,
    subnets: listOf({ type: "string" }, { description: "Where calls may come from, in CIDR notation." }),
    grants: listOf(ref("grant")),
    yourAddress: nullable("string", { description: "The address that the call came from." }),
    rateLimit: ref("rate_limit"),
    renewUntil,
  }),
  grant: objectOf({ slug: { type: "string" }, permission: { type: "string", enum: ["READ", "WRITE"] }, questions }),
  rate_limit: nullable("object", {
    description: "The limit of calls for this key; null without one.",
    properties: {
      limit: { type: "integer" },
      remaining: { type: "integer" },
      resetSeconds: { type: "integer", description: "When the limit starts again." },
    },
  }),
  retired_key: objectOf(keyFacts),
  rotated_key: objectOf({
    ...keyFacts,
    secret: { type: "string", description: "The password." },
    token: { type: "string", description: "What follows `Authorization: Basic`." },
    renewUntil,
    predecessor: objectOf({
      keyId: { type: "string" },
      expiration: { type: "string", format: "date-time", description: "When the old key stops working." },
    }),
  }),
  programs: objectOf({ programs: listOf(ref("program")) }),
  program: objectOf({
    name: { type: "string", description: "The display name." },
    slug: { type: "string" },
    permissions: listOf({ type: "string", enum: ["READ", "WRITE"] }),
    activeVersionId: nullable("integer", {
      format: "int64",
      description: "Null until a version is published.",
    }),
    questions,
  }),
};

function makeSchemas(): Schemas {
  const nameOf = (type: string) => `${type.toLowerCase()}_answer`;
  const entity = ref("entity");
  return {
    ...applicationSchemas({
      shown: createShown(allQuestions),
      answers: {
        type: "object",
        description: "Answers by question key. A program's own document lists its questions.",
        additionalProperties: ref("answer"),
      },
      submittedAnswers: {
        type: "object",
        description:
          "Answers by question key, for questions of the active version. Questions left out are unanswered. A program's own document lists its questions and options.",
        additionalProperties: ref("submitted_answer"),
      },
    }),
    submitted_answer: objectOf(
      { question_type: { type: "string", enum: answerTypes } },
      { description: "One answer, with some or all fields of its type." },
    ),
    answer: {
      description: "One answer. Newer versions of CiviForm may have types not listed here.",
      anyOf: [...answerTypes.map((type) => ref(nameOf(type))), ref("other_answer")],
    },
    entity: objectOf(
      { entity_name: { type: "string" } },
      { description: "One entity of an enumerator: `entity_name`, and answers by question key." },
    ),
    ...Object.fromEntries(answerTypes.map((type) => [nameOf(type), answerSchema(type, { entity })])),
    other_answer: objectOf(
      { question_type: { type: "string" } },
      { description: "An answer of an unknown type, unchanged." },
    ),
    ...keySchemas,
  };
}

/** The schemas of the whole API. */
export const apiSchemas: Schemas = makeSchemas();
