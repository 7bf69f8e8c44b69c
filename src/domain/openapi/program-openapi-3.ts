/** The OpenAPI 3.0 document of one program's routes, with typed answers. */
import { type OlderSchema, translateSchema, translateSchemas } from "./dialects.ts";
import { type BodyDocs, bodyType, type ResponseDocs } from "./operations.ts";
import {
  basePathOf,
  describeProgram,
  listParameters,
  listPaths,
  mapValues,
  type OpenApiDocument,
  type ProgramDocumentInput,
  security,
} from "./program-paths.ts";
import { programSchemas } from "./program-schemas.ts";
import type { Schema } from "./schema.ts";

/** Writes the document. */
export function openApi3Document(input: ProgramDocumentInput): OpenApiDocument {
  const { program, operations, baseUrl } = input;
  return {
    openapi: "3.0.4",
    info: describeProgram(program),
    servers: [{ url: baseUrl + basePathOf(program) }],
    security,
    paths: listPaths(operations, ({ parameters, body, responses }) => ({
      parameters: listParameters(parameters, withSchema),
      ...(body && { requestBody: describeBody(body) }),
      responses: mapValues(responses, describeResponse),
    })),
    components: {
      securitySchemes: { basicAuth: { type: "http", scheme: "basic" } },
      schemas: translateSchemas(programSchemas(program.questions), "3.0"),
    },
  };
}

function describeBody({ description, schema }: BodyDocs): OlderSchema {
  return { description, required: true, content: { [bodyType]: withSchema({ schema }) } };
}

function describeResponse({ description, headers, content }: ResponseDocs): OlderSchema {
  return {
    description,
    ...(headers && {
      headers: mapValues(headers, (header) => ({
        description: header.description,
        ...withSchema(header),
      })),
    }),
    ...(content && { content: mapValues(content, (schema) => withSchema({ schema })) }),
  };
}

function withSchema({ schema }: { schema: Schema }): OlderSchema {
  return { schema: translateSchema(schema, "3.0") };
}
