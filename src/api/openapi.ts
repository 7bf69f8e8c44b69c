/** The OpenAPI documents, of the whole API and of one program. */
import { Elysia } from "elysia";
import { stringify } from "yaml";
import type { Database } from "../db/client.ts";
import { apiDocument } from "../domain/openapi/api-document.ts";
import { documentedStages, findDocumentedProgram } from "../domain/openapi/documented-program.ts";
import { type Operation, problemDocs, type RouteDocs } from "../domain/openapi/operations.ts";
import { programDocuments } from "../domain/openapi/program-document.ts";
import { chooseMediaType } from "../http/answers/negotiation.ts";
import { problemResponse } from "../http/answers/problem.ts";
import { writeOnce } from "../http/answers/write-once.ts";
import type { ApiRoute } from "../http/api-guard/routes.ts";
import { getContext } from "../http/context.ts";
import { admitDocsReader, type DocsReaderDeps } from "../http/page-guard/docs-reader.ts";

/** What these routes need. */
export interface OpenApiDeps extends DocsReaderDeps {
  readonly db: Database;
  readonly operations: readonly Operation[];
  readonly version: string;
  readonly baseUrl: () => string;
}

/** The responses that every route has. */
const commonResponses: RouteDocs["responses"] = {
  401: problemDocs("The call is refused. The response is the same whatever the reason."),
  429: problemDocs("Too many calls. `Retry-After` says how many seconds to wait."),
  503: problemDocs("The database is unavailable. `Retry-After` says how many seconds to wait."),
};

/** The docs of the routes, as the documents need them. */
export function documentRoutes(routes: readonly ApiRoute[]): Operation[] {
  return routes.map(({ method, path, docs }) => ({
    method: method === "GET" ? "get" : "post",
    path: path.replaceAll(/:(\w+)/g, "{$1}"),
    docs: { ...docs, responses: { ...docs.responses, ...commonResponses } },
  }));
}

/** Serves the documents to those who may read them. */
export function openApiDocuments(deps: OpenApiDeps) {
  return new Elysia({ name: "openapi-documents" })
    .get("/docs/api/openapi.json", ({ request }) => respondWithApi(deps, request))
    .get("/docs/api/schema/:slug", ({ request, params }) =>
      respondWithProgram(deps, request, params.slug),
    );
}

async function respondWithApi(deps: OpenApiDeps, request: Request): Promise<Response> {
  const reader = await admitDocsReader(deps, request, { kind: "document" });
  if (reader instanceof Response) return reader;
  const document = apiDocument({ ...deps, baseUrl: deps.baseUrl() });
  return respond(JSON.stringify(document), "application/json");
}

async function respondWithProgram(
  deps: OpenApiDeps,
  request: Request,
  slug: string,
): Promise<Response> {
  const { requestId } = getContext(request);
  const query = new URL(request.url).searchParams;
  const stageText = query.get("stage") ?? "active";
  const isDraft = query.getAll("stage").some((text) => text.toLowerCase() === "draft");
  const reader = await admitDocsReader(deps, request, { kind: "document", slug, isDraft });
  if (reader instanceof Response) return reader;
  const repeated = ["stage", "openApiVersion"].find((name) => query.getAll(name).length > 1);
  if (repeated !== undefined) {
    const detail = `Repeated query param: ${repeated}`;
    return problemResponse({ status: 400, detail, requestId });
  }
  const format = query.get("openApiVersion") ?? "openapi-v3";
  const stage = documentedStages.find((known) => known === stageText.toLowerCase());
  const write = programDocuments.get(format);
  if (stage === undefined || write === undefined) {
    const detail = `Unable to generate OpenApi version '${format}' for program '${slug}' at stage '${stageText}'.`;
    return problemResponse({ status: 400, detail, requestId });
  }
  const found = await findDocumentedProgram(deps.db, { slug, stage });
  if (found === undefined) {
    return problemResponse({ status: 404, detail: "No program found", requestId });
  }
  const program = reader.isSignedIn ? found : { ...found, description: "" };
  const mediaType = chooseMediaType(request, ["text/yaml", "application/yaml", "application/json"]);
  const isJson = mediaType === "application/json";
  const source = { kind: "document", program, format, isJson, baseUrl: deps.baseUrl() };
  const text = writeOnce(source, () => {
    const document = write({ program, operations: deps.operations, baseUrl: source.baseUrl });
    return isJson ? JSON.stringify(document) : writeYaml(document);
  });
  return respond(text, isJson ? mediaType : `${mediaType}; charset=utf-8`);
}

/** Readable by YAML 1.1 too, where `no` and `on` are no texts, and without anchors. */
function writeYaml(document: object): string {
  return stringify(document, { aliasDuplicateObjects: false, compat: "yaml-1.1", lineWidth: 0 });
}

function respond(text: string, contentType: string): Response {
  return new Response(text, { headers: { "Content-Type": contentType, Vary: "Accept" } });
}
