/** The documents of one program's routes, with typed answers: OpenAPI 3.0, and Swagger 2.0 as CiviForm writes it. */
import { translateSchemas } from "./dialects.ts";
import type { DocumentedProgram } from "./documented-program.ts";
import type { Operation } from "./operations.ts";
import { listPaths } from "./paths.ts";
import type { DocumentFormat } from "./program-docs.ts";
import { programSchemas } from "./program-schemas.ts";

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
    paths: listPaths(programOperations(operations), "3.0"),
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
    paths: listPaths(programOperations(operations), "2.0"),
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

/** The program's routes, below its base path, which has the slug. */
function programOperations(operations: readonly Operation[]): Operation[] {
  const own = operations.filter(({ path }) => path.startsWith(`${programPath}/`));
  return own.map(({ path, method, docs: { parameters, ...docs } }) => ({
    path: path.slice(programPath.length),
    method,
    docs: { ...docs, tags: ["programs"], parameters: parameters.filter(({ name }) => name !== "programSlug") },
  }));
}
