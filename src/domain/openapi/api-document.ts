/** The OpenAPI 3.1 document of the whole API: answers can be of every type. */
import { questionModes } from "../access/questions.ts";
import { answerSchema, answerTypes } from "./answer-schemas.ts";
import { applicationSchemas } from "./application-schemas.ts";
import { bodyType, type Operation } from "./operations.ts";
import { listOf, mapValues, nullable, objectOf, ref, type Schemas } from "./schema.ts";

/** What the document is made of. */
export interface ApiDocumentInput {
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
    paths: Object.fromEntries(
      [...Map.groupBy(operations, ({ path }) => path)].map(([path, methods]) => [
        path,
        Object.fromEntries(methods.map((operation) => [operation.method, describe(operation)])),
      ]),
    ),
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

function describe({ docs }: Operation) {
  const { operationId, summary, description, parameters, body, responses } = docs;
  return {
    operationId,
    summary,
    description,
    parameters: parameters.map((parameter) => ({
      ...parameter,
      required: parameter.in === "path",
    })),
    ...(body && {
      requestBody: {
        description: body.description,
        required: true,
        content: mediaTypes({ [bodyType]: body.schema }),
      },
    }),
    responses: mapValues(responses, ({ content, ...response }) => ({
      ...response,
      ...(content && { content: mediaTypes(content) }),
    })),
  };
}

function mediaTypes(content: Schemas) {
  return mapValues(content, (schema) => ({ schema }));
}

/** What the list of programs looks like. */
const programSchemas: Schemas = {
  programs: objectOf({ programs: listOf(ref("program")) }),
  program: objectOf({
    name: { type: "string", description: "The display name." },
    slug: { type: "string" },
    permissions: listOf({ type: "string", enum: ["READ", "WRITE"] }),
    activeVersionId: nullable("integer", {
      format: "int64",
      description: "Null until a version is published.",
    }),
    questions: objectOf({
      mode: { type: "string", enum: [...questionModes] },
      keys: listOf({
        type: "string",
        description:
          "A question key, or `application_note`, or `trusted_intermediary` for `ti_email` and `ti_organization`.",
      }),
    }),
  }),
};

function makeSchemas(): Schemas {
  const nameOf = (type: string) => `${type.toLowerCase()}_answer`;
  const entity = ref("entity");
  return {
    ...applicationSchemas({
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
    ...programSchemas,
  };
}

/** The schemas of the whole API. */
export const apiSchemas: Schemas = makeSchemas();
