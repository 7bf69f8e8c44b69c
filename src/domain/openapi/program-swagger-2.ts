/** The Swagger 2.0 document of one program's routes, in CiviForm's shape, with typed answers. */
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

/** Writes the document. */
export function swagger2Document(input: ProgramDocumentInput): OpenApiDocument {
  const { program, operations, baseUrl } = input;
  const { host, protocol } = new URL(baseUrl);
  return {
    swagger: "2.0",
    info: describeProgram(program),
    host,
    basePath: basePathOf(program),
    schemes: [protocol.slice(0, -1)],
    // An answer has one schema here, and it is that of JSON.
    produces: ["application/json"],
    securityDefinitions: { basicAuth: { type: "basic" } },
    security,
    paths: listPaths(operations, ({ parameters, body, responses }) => ({
      parameters: [
        ...listParameters(parameters, ({ schema }) => translateSchema(schema, "2.0")),
        ...(body ? [describeBody(body)] : []),
      ],
      ...(body && { consumes: [bodyType] }),
      responses: mapValues(responses, describeResponse),
    })),
    definitions: translateSchemas(programSchemas(program.questions), "2.0"),
  };
}

/** Here a body is a parameter, and its name means nothing. */
function describeBody({ description, schema }: BodyDocs): OlderSchema {
  return {
    name: "body",
    in: "body",
    description,
    required: true,
    schema: translateSchema(schema, "2.0"),
  };
}

function describeResponse({ description, headers, content }: ResponseDocs): OlderSchema {
  const schema = content && (content["application/json"] ?? content["application/problem+json"]);
  return {
    description,
    ...(headers && {
      headers: mapValues(headers, (header) => ({
        description: header.description,
        ...translateSchema(header.schema, "2.0"),
      })),
    }),
    ...(schema && { schema: translateSchema(schema, "2.0") }),
  };
}
