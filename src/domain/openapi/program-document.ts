/** The documents of one program's routes, with typed answers: OpenAPI 3.0, and Swagger 2.0 as CiviForm writes it. */
import { type OlderDialect, type OlderSchema, translateSchema, translateSchemas } from "./dialects.ts";
import type { DocumentedProgram } from "./documented-program.ts";
import { bodyType, type Operation, type ParameterDocs, type ResponseDocs, type RouteDocs } from "./operations.ts";
import type { DocumentFormat } from "./program-docs.ts";
import { programSchemas } from "./program-schemas.ts";
import { mapValues, type Schema } from "./schema.ts";

/** What a document is made of. */
interface ProgramDocumentInput {
  readonly program: DocumentedProgram;
  /** The routes of the API; only those of a program are used. */
  readonly operations: readonly Operation[];
  /** The origin of the public URL. */
  readonly baseUrl: string;
}

/** A document: plain JSON. */
export type OpenApiDocument = Readonly<Record<string, unknown>>;

/** What makes a document, by its format. */
export const programDocuments: Readonly<Record<DocumentFormat, (input: ProgramDocumentInput) => OpenApiDocument>> = {
  "openapi-v3": openApi3Document,
  "swagger-v2": swagger2Document,
};

const security = [{ basicAuth: [] }];
const programPath = "/admin/programs/{programSlug}";

function openApi3Document({ program, operations, baseUrl }: ProgramDocumentInput): OpenApiDocument {
  return {
    openapi: "3.0.4",
    info: describeProgram(program),
    servers: [{ url: baseUrl + basePathOf(program) }],
    security,
    paths: listPaths(operations, "3.0", ({ body }) =>
      body === undefined
        ? {}
        : {
            requestBody: {
              description: body.description,
              required: true,
              content: { [bodyType]: placeSchema(body.schema, "3.0") },
            },
          },
    ),
    components: {
      securitySchemes: { basicAuth: { type: "http", scheme: "basic" } },
      schemas: translateSchemas(programSchemas(program), "3.0"),
    },
  };
}

function swagger2Document({ program, operations, baseUrl }: ProgramDocumentInput): OpenApiDocument {
  const { host, protocol } = new URL(baseUrl);
  return {
    swagger: "2.0",
    info: describeProgram(program),
    host,
    basePath: basePathOf(program),
    schemes: [protocol.slice(0, -1)],
    // Swagger 2 allows one schema for a response: that of JSON.
    produces: ["application/json"],
    securityDefinitions: { basicAuth: { type: "basic" } },
    security,
    paths: listPaths(operations, "2.0", ({ body }) => (body ? { consumes: [bodyType] } : {})),
    definitions: translateSchemas(programSchemas(program), "2.0"),
  };
}

/** Title, version and description; a draft is described as one. */
function describeProgram({ adminName, description, version, stage }: DocumentedProgram) {
  const note = stage === "draft" ? "This is a draft. The API serves it once it's published." : "";
  return {
    title: adminName,
    version: String(version),
    description: [description, note].filter((text) => text !== "").join("\n\n"),
  };
}

function basePathOf({ slug }: DocumentedProgram): string {
  return `/api/v1${programPath.replace("{programSlug}", slug)}`;
}

/** The program's routes by path and method, below its base path. */
function listPaths(
  operations: readonly Operation[],
  dialect: OlderDialect,
  describeBody: (docs: RouteDocs) => OlderSchema,
): OlderSchema {
  const paths = new Map<string, OlderSchema>();
  for (const { path, method, docs } of operations) {
    if (!path.startsWith(`${programPath}/`)) continue;
    const ownPath = path.slice(programPath.length);
    const { operationId, summary, description, responses } = docs;
    const operation = {
      ...{ operationId, tags: ["programs"], summary, description },
      parameters: listParameters(docs, dialect),
      ...describeBody(docs),
      responses: mapValues(responses, (response) => describeResponse(response, dialect)),
    };
    paths.set(ownPath, { ...paths.get(ownPath), [method]: operation });
  }
  return Object.fromEntries(paths);
}

/** Without the one in the base path. In Swagger 2 the body is a parameter, whose name means nothing. */
function listParameters({ parameters, body }: RouteDocs, dialect: OlderDialect): OlderSchema[] {
  const listed = parameters
    .filter(({ name }) => name !== "programSlug")
    .map(({ name, in: place, description, schema }: ParameterDocs) => ({
      ...{ name, in: place, description, required: place === "path" },
      ...placeSchema(schema, dialect),
    }));
  if (dialect === "3.0" || body === undefined) return listed;
  const { description } = body;
  const schema = translateSchema(body.schema, dialect);
  return [...listed, { name: "body", in: "body", description, required: true, schema }];
}

function describeResponse(response: ResponseDocs, dialect: OlderDialect): OlderSchema {
  const { description, headers, content } = response;
  const json = content && (content[bodyType] ?? content["application/problem+json"]);
  return {
    description,
    ...(headers && {
      headers: mapValues(headers, (header) => ({
        description: header.description,
        ...placeSchema(header.schema, dialect),
      })),
    }),
    ...(dialect === "2.0"
      ? json && { schema: translateSchema(json, dialect) }
      : content && { content: mapValues(content, (schema) => placeSchema(schema, dialect)) }),
  };
}

/** Writes the schema of a value: OpenAPI 3 has a member for it, Swagger 2 does not. */
function placeSchema(schema: Schema, dialect: OlderDialect): OlderSchema {
  const translated = translateSchema(schema, dialect);
  return dialect === "3.0" ? { schema: translated } : translated;
}
