/** The OpenAPI documents of one program's routes, with typed answers (spec 4): 3.0, and 2.0 in CiviForm's shape. */
import type { DocumentedProgram } from "../documented-programs.ts";
import {
  type OlderDialect,
  type OlderSchema,
  translateSchema,
  translateSchemas,
} from "./dialects.ts";
import type { Operation, ParameterDocs, ResponseDocs } from "./operations.ts";
import { programSchemas } from "./program-schemas.ts";

/** What a document is made of. */
export interface ProgramDocumentInput {
  readonly program: DocumentedProgram;
  /** The routes of the API; those of other things than a program are left out. */
  readonly operations: readonly Operation[];
  /** Origin of the public URL. */
  readonly baseUrl: string;
}

/** A document: plain JSON. */
export type OpenApiDocument = Readonly<Record<string, unknown>>;

/** The documents that a program has, by the name of their format. */
export const programDocuments: ReadonlyMap<
  string,
  (input: ProgramDocumentInput) => OpenApiDocument
> = new Map([
  ["openapi-v3", openApi3Document],
  ["swagger-v2", swagger2Document],
]);

const programPath = "/admin/programs/{programSlug}";
const security = [{ basicAuth: [] }];
const tags = ["programs"];

function openApi3Document({ program, operations, baseUrl }: ProgramDocumentInput): OpenApiDocument {
  return {
    openapi: "3.0.4",
    info: describeProgram(program),
    servers: [{ url: baseUrl + basePathOf(program) }],
    security,
    paths: listPaths(operations, ({ docs }) => ({
      operationId: docs.operationId,
      tags,
      summary: docs.summary,
      description: docs.description,
      parameters: programParameters(docs.parameters).map((parameter) => ({
        ...describeParameter(parameter),
        schema: translateSchema(parameter.schema, "3.0"),
      })),
      responses: mapValues(docs.responses, openApi3Response),
    })),
    components: {
      securitySchemes: { basicAuth: { type: "http", scheme: "basic" } },
      schemas: schemasOf(program, "3.0"),
    },
  };
}

function openApi3Response({ description, headers, content }: ResponseDocs): OlderSchema {
  const translate = ({ schema, ...more }: { schema: object }) => ({
    ...more,
    schema: translateSchema(schema, "3.0"),
  });
  return {
    description,
    ...(headers && { headers: mapValues(headers, translate) }),
    ...(content && { content: mapValues(content, (schema) => translate({ schema })) }),
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
    // An answer has one schema here, and it is that of JSON.
    produces: ["application/json"],
    securityDefinitions: { basicAuth: { type: "basic" } },
    security,
    paths: listPaths(operations, ({ docs }) => ({
      operationId: docs.operationId,
      tags,
      summary: docs.summary,
      description: docs.description,
      parameters: programParameters(docs.parameters).map((parameter) => ({
        ...describeParameter(parameter),
        ...translateSchema(parameter.schema, "2.0"),
      })),
      responses: mapValues(docs.responses, swagger2Response),
    })),
    definitions: schemasOf(program, "2.0"),
  };
}

function swagger2Response({ description, headers, content }: ResponseDocs): OlderSchema {
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

function describeProgram({ adminName, description, version, stage }: DocumentedProgram) {
  const note = stage === "draft" ? "This is a draft: the API serves it once it is published." : "";
  return {
    title: adminName,
    version: String(version),
    description: [description, note].filter((text) => text !== "").join("\n\n"),
  };
}

function basePathOf({ slug }: DocumentedProgram): string {
  return `/api/v1${programPath.replace("{programSlug}", slug)}`;
}

function schemasOf({ questions }: DocumentedProgram, dialect: OlderDialect): OlderSchema {
  return translateSchemas(programSchemas(questions), dialect);
}

/** The program's own routes, by path and method; the program is in the base path. */
function listPaths(
  operations: readonly Operation[],
  describe: (operation: Operation) => OlderSchema,
): OlderSchema {
  const paths = new Map<string, OlderSchema>();
  for (const operation of operations) {
    if (!operation.path.startsWith(`${programPath}/`)) continue;
    const path = operation.path.slice(programPath.length);
    paths.set(path, { ...paths.get(path), [operation.method]: describe(operation) });
  }
  return Object.fromEntries(paths);
}

function programParameters(parameters: readonly ParameterDocs[]): ParameterDocs[] {
  return parameters.filter(({ name }) => name !== "programSlug");
}

function describeParameter({ name, in: place, description }: ParameterDocs) {
  return { name, in: place, description, required: place === "path" };
}

function mapValues<T, R>(values: Readonly<Record<string, T>>, map: (value: T) => R) {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, map(value)]));
}
