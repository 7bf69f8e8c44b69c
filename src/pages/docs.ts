/** The docs of the API and of each program. They are open to everyone. */
import { Elysia } from "elysia";
import { apiSchemas } from "../domain/openapi/api-document.ts";
import {
  type DocumentedProgram,
  type DocumentedStage,
  findDocumentedProgram,
  listDocumentedPrograms,
} from "../domain/openapi/programs.ts";
import { sampleResponse, sampleSubmission } from "../domain/openapi/sample-response.ts";
import { writeOnce } from "../http/answers/write-once.ts";
import { readPageQuery } from "../http/page-guard/forms.ts";
import { readSession } from "../http/page-guard/require-admin.ts";
import { apiDocsPage, apiReference } from "../views/docs/api.tsx";
import { noProgramDocsPage, programDocsPage, programReference } from "../views/docs/program.tsx";
import { listedProgramsFragment } from "../views/docs/programs.tsx";
import type { PageContext } from "../views/parts/layout.tsx";
import { framePage, type PageDeps, respondWithHtml, seeOther, wantsFragment } from "./frame.ts";

const programsPerPage = 50;

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

/** The docs of the API, with a page of programs: `q` is the search, `after` is where the previous page ended. */
async function showApi(deps: PageDeps, request: Request): Promise<Response> {
  const query = readPageQuery(request);
  const search = (query.get("q") ?? "").trim().slice(0, 200);
  const after = query.get("after");
  const found = await listDocumentedPrograms(deps.db, {
    search,
    limit: programsPerPage,
    ...(after === null ? {} : { after }),
  });
  const list = { ...found, search, isLaterPage: after !== null };
  if (wantsFragment(request)) return respondWithHtml(listedProgramsFragment(list));
  const { apiOperations: operations } = deps;
  const reference = { operations, schemas: apiSchemas, baseUrl: deps.baseUrl() };
  return respondWithHtml(
    apiDocsPage({
      ...list,
      page: await frameDocs(deps, request),
      operations,
      reference: writeOnce({ kind: "API reference", ...reference }, () => apiReference(reference)),
    }),
  );
}

/** Redirects to the chosen program, or to the first with an active version. */
async function leadToProgram(deps: PageDeps, request: Request): Promise<Response> {
  const query = readPageQuery(request);
  const chosen = query.get("slug");
  if (chosen !== null) {
    return seeOther(docsPath(chosen, query.get("stage") === "draft" ? "draft" : "active"));
  }
  const { programs } = await listDocumentedPrograms(deps.db, { isActive: true, limit: 1 });
  const [first] = programs;
  if (first !== undefined) return seeOther(docsPath(first.slug, "active"));
  const page = await frameDocs(deps, request);
  return respondWithHtml(noProgramDocsPage({ page }), { status: 404 });
}

async function showProgram(
  deps: PageDeps,
  request: Request,
  chosen: { slug: string; stage: DocumentedStage },
): Promise<Response> {
  const [page, { programs, hasMore }, program] = await Promise.all([
    frameDocs(deps, request),
    listDocumentedPrograms(deps.db, { limit: programsPerPage }),
    findDocumentedProgram(deps.db, chosen),
  ]);
  return respondWithHtml(
    programDocsPage({
      page,
      programs: hasMore ? null : programs,
      chosen,
      documented: program && { program, reference: drawProgram(deps, program) },
    }),
  );
}

/** Rendered once: thousands of questions take time, and anyone may ask for the page. */
function drawProgram(deps: PageDeps, program: DocumentedProgram): string {
  const source = { program, baseUrl: deps.baseUrl(), zone: deps.rules.zone };
  return writeOnce({ kind: "program reference", ...source }, () =>
    programReference({
      ...source,
      sample: sampleResponse(program, source),
      submission: sampleSubmission(program),
    }),
  );
}

/** Signed-in people keep the navigation; others may read, too. */
async function frameDocs(deps: PageDeps, request: Request): Promise<PageContext> {
  await readSession(deps, request);
  return framePage(deps, request);
}

function docsPath(slug: string, stage: DocumentedStage): string {
  return `/docs/api/programs/${encodeURIComponent(slug)}/${stage}`;
}
