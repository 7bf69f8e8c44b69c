/** The OpenAPI documents, of the whole API and of one program. */
import { Elysia } from "elysia";
import type { Database } from "../db/client.ts";
import { apiDocument } from "../domain/openapi/api-document.ts";
import { documentedStages, findDocumentedVersion } from "../domain/openapi/documented-program.ts";
import { type Operation, problemDocs, type RouteDocs } from "../domain/openapi/operations.ts";
import { documentFormats, type ProgramDocs, streamDocs } from "../domain/openapi/program-docs.ts";
import { withLength } from "../http/answers/chunk-stream.ts";
import { chooseEncoding, chooseMediaType } from "../http/answers/negotiation.ts";
import { problemResponse } from "../http/answers/problem.ts";
import type { ApiRoute } from "../http/api-guard/routes.ts";
import { getContext } from "../http/context.ts";
import { plainDocsLimits } from "../http/docs/program-docs.ts";
import { admitDocsReader, type DocsReaderDeps } from "../http/page-guard/docs-reader.ts";

/** What these routes need. */
interface OpenApiDeps extends DocsReaderDeps {
  readonly db: Database;
  readonly programDocs: ProgramDocs;
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
    .get("/docs/api/schema/:slug", ({ request, params }) => respondWithProgram(deps, request, params.slug));
}

async function respondWithApi(deps: OpenApiDeps, request: Request): Promise<Response> {
  const reader = await admitDocsReader(deps, request, { kind: "document" });
  if (reader instanceof Response) return reader;
  const document = apiDocument({ ...deps, baseUrl: deps.baseUrl() });
  return new Response(JSON.stringify(document), {
    headers: { "Content-Type": "application/json", Vary: "Accept" },
  });
}

async function respondWithProgram(deps: OpenApiDeps, request: Request, slug: string): Promise<Response> {
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
  const formatText = query.get("openApiVersion") ?? documentFormats[0];
  const stage = documentedStages.find((known) => known === stageText.toLowerCase());
  const format = documentFormats.find((known) => known === formatText);
  if (stage === undefined || format === undefined) {
    const detail = `Unable to generate OpenApi version '${formatText}' for program '${slug}' at stage '${stageText}'.`;
    return problemResponse({ status: 400, detail, requestId });
  }
  const version = await findDocumentedVersion(deps.db, { slug, stage });
  if (version === undefined) {
    return problemResponse({ status: 404, detail: "No program found", requestId });
  }
  const mediaType = chooseMediaType(request, ["text/yaml", "application/yaml", "application/json"]);
  const isJson = mediaType === "application/json";
  const part = { format, language: isJson ? "json" : "yaml", isForAdmins: reader.isSignedIn } as const;
  const packed = await deps.programDocs.read({
    version,
    part,
    operations: deps.operations,
    questions: reader.questions,
  });
  const isPacked = chooseEncoding(request, ["gzip"]) === "gzip";
  return new Response(isPacked ? packed : await withLength(request, streamDocs(packed), plainDocsLimits), {
    headers: {
      "Content-Type": isJson ? mediaType : `${mediaType}; charset=utf-8`,
      Vary: "Accept, Accept-Encoding",
      ...(isPacked && { "Content-Encoding": "gzip" }),
    },
  });
}
