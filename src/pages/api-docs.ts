/** The API's documentation, open to everyone: of the whole API, and of each program (spec 4). */
import { Elysia } from "elysia";
import {
  type DocumentedStage,
  findDocumentedProgram,
  listDocumentedPrograms,
} from "../domain/documented-programs.ts";
import { apiSchemas } from "../domain/openapi/api-document.ts";
import { sampleResponse } from "../domain/sample-response.ts";
import { readPageQuery } from "../http/forms.ts";
import { readSession } from "../http/require-admin.ts";
import { apiDocsPage } from "../views/api-docs.tsx";
import type { PageContext } from "../views/layout.tsx";
import { noProgramDocsPage, programDocsPage } from "../views/program-docs.tsx";
import { framePage, type PageDeps, respondWithHtml, seeOther } from "./frame.ts";

/** The documentation pages. */
export function apiDocsPages(deps: PageDeps) {
  return new Elysia({ name: "api-docs-pages" })
    .get("/docs/api", ({ request }) => showApi(deps, request))
    .get("/docs/api/programs", ({ request }) => leadToProgram(deps, request))
    .get("/docs/api/programs/:slug/active", ({ request, params }) =>
      showProgram(deps, request, { slug: params.slug, stage: "active" }),
    )
    .get("/docs/api/programs/:slug/draft", ({ request, params }) =>
      showProgram(deps, request, { slug: params.slug, stage: "draft" }),
    );
}

async function showApi(deps: PageDeps, request: Request): Promise<Response> {
  return respondWithHtml(
    apiDocsPage({
      page: await frameDocs(deps, request),
      programs: await listDocumentedPrograms(deps.db),
      operations: deps.apiOperations,
      schemas: apiSchemas,
      baseUrl: deps.baseUrl(),
    }),
  );
}

/** To the program that was chosen, else to the first one that has an active version. */
async function leadToProgram(deps: PageDeps, request: Request): Promise<Response> {
  const query = readPageQuery(request);
  const chosen = query.get("slug");
  if (chosen !== null) {
    return seeOther(docsPath(chosen, query.get("stage") === "draft" ? "draft" : "active"));
  }
  const programs = await listDocumentedPrograms(deps.db);
  const first = programs.find(({ activeVersionId }) => activeVersionId !== null);
  if (first !== undefined) return seeOther(docsPath(first.slug, "active"));
  const page = await frameDocs(deps, request);
  return respondWithHtml(noProgramDocsPage({ page }), { status: 404 });
}

async function showProgram(
  deps: PageDeps,
  request: Request,
  chosen: { slug: string; stage: DocumentedStage },
): Promise<Response> {
  const [page, programs, program] = await Promise.all([
    frameDocs(deps, request),
    listDocumentedPrograms(deps.db),
    findDocumentedProgram(deps.db, chosen),
  ]);
  return respondWithHtml(
    programDocsPage({
      page,
      programs,
      chosen,
      baseUrl: deps.baseUrl(),
      documented: program && {
        program,
        sample: sampleResponse(program, { zone: deps.rules.zone }),
      },
    }),
  );
}

/** Whoever is signed in keeps the navigation; nobody needs to be. */
async function frameDocs(deps: PageDeps, request: Request): Promise<PageContext> {
  await readSession(deps, request);
  return framePage(deps, request);
}

function docsPath(slug: string, stage: DocumentedStage): string {
  return `/docs/api/programs/${encodeURIComponent(slug)}/${stage}`;
}
