/** The docs of the API and of each program. `docs-reader.ts` says who may read them. */
import { createGate } from "../db/reads/gate.ts";
import { apiSchemas } from "../domain/openapi/api-document.ts";
import {
  type DocumentedProgramsFilter,
  type DocumentedStage,
  documentedProgramListing,
  findDocumentedVersion,
} from "../domain/openapi/documented-program.ts";
import { type PackedDocs, streamDocs, unpackDocs } from "../domain/openapi/program-docs.ts";
import { type Bytes, streamChunks, withLength } from "../http/answers/chunk-stream.ts";
import { chooseEncoding, streamEncodings } from "../http/answers/negotiation.ts";
import { pagePackers } from "../http/answers/page-packing.ts";
import { plainDocsLimits } from "../http/docs/program-docs.ts";
import { admitDocsReader, type DocsReader } from "../http/page-guard/docs-reader.ts";
import { searchOf } from "../http/page-guard/forms.ts";
import { type OpenCall, openPage, type PageRoute } from "../http/page-guard/routes.ts";
import { readFirst, readPage } from "../lib/keyset.ts";
import { apiDocsPage, apiReference } from "../views/docs/api.tsx";
import { noProgramDocsPage, programDocsPage } from "../views/docs/program.tsx";
import { listedProgramsFragment } from "../views/docs/programs.tsx";
import { programDocsHref } from "../views/parts/hrefs.ts";
import { framePage, type PageDeps, respondWithHtml, seeOther, wantsFragment } from "./frame.ts";
import { readStart } from "./lists.ts";

const programsPerPage = 50;
/** With 5,000 questions a page has five megabytes, and many may ask for one: they are in memory one at a time. */
const packingLine = createGate({ runningMax: 1, waitingMax: 100, patienceMs: 7_000 });
/** Where the docs of a program go. No text of a program can be this: views escape it. */
const referencePlace = "<!-- reference -->";

/** The documentation pages, also at the addresses of newer CiviForms (`schemas`). */
export function apiDocsPages(deps: PageDeps): PageRoute[] {
  const program = (stage: DocumentedStage) =>
    openPage("GET", `/docs/api/programs/:slug/${stage}`, ({ request, params: { slug } }) =>
      showProgram(deps, request, { slug, stage }),
    );
  return [
    openPage("GET", "/docs/api", (call) => showApi(deps, call)),
    openPage("GET", "/docs/api/programs", (call) => leadToProgram(deps, call)),
    program("active"),
    program("draft"),
    openPage("GET", "/docs/api/schemas/:slug", ({ query, params: { slug } }) =>
      seeOther(programDocsHref(slug, stageOf(query))),
    ),
    openPage("GET", "/docs/api/schemas/:slug/yaml", ({ request, params: { slug } }) =>
      seeOther(`/docs/api/schema/${encodeURIComponent(slug)}${new URL(request.url).search}`),
    ),
  ];
}

/** The docs of the API, with a page of programs: `q` is the search, `after` and `before` say which page. */
async function showApi(deps: PageDeps, { request, query }: OpenCall): Promise<Response> {
  const reader = await admitDocsReader(deps, request, { kind: "page" });
  if (reader instanceof Response) return reader;
  const search = searchOf(query);
  const start = readStart(query, (slug) => slug);
  const found = await readPage(programsOf(deps, reader, { search }), { ...start, limit: programsPerPage });
  const list = { found, search, seesDrafts: reader.isSignedIn };
  if (wantsFragment(request)) return respondWithHtml(listedProgramsFragment(list));
  const { apiOperations: operations } = deps;
  const reference = apiReference({ operations, schemas: apiSchemas, baseUrl: deps.baseUrl() });
  return respondWithHtml(apiDocsPage({ ...list, page: framePage(deps, request), operations, reference }));
}

function stageOf(query: URLSearchParams): DocumentedStage {
  return query.get("stage") === "draft" ? "draft" : "active";
}

/** Redirects to the chosen program, or to the first with an active version. */
async function leadToProgram(deps: PageDeps, { request, query }: OpenCall): Promise<Response> {
  const reader = await admitDocsReader(deps, request, { kind: "page" });
  if (reader instanceof Response) return reader;
  const chosen = query.get("slug");
  if (chosen !== null) return seeOther(programDocsHref(chosen, stageOf(query)));
  const [first] = await readFirst(programsOf(deps, reader, { isActive: true }), 1);
  if (first !== undefined) return seeOther(programDocsHref(first.slug, "active"));
  const page = framePage(deps, request);
  return respondWithHtml(noProgramDocsPage({ page }), { status: 404 });
}

async function showProgram(
  deps: PageDeps,
  request: Request,
  chosen: { slug: string; stage: DocumentedStage },
): Promise<Response> {
  const { slug, stage } = chosen;
  const wanted = { kind: "page", slug, isDraft: stage === "draft" } as const;
  const reader = await admitDocsReader(deps, request, wanted);
  if (reader instanceof Response) return reader;
  const [programs, version] = await Promise.all([
    readFirst(programsOf(deps, reader, {}), programsPerPage + 1),
    findDocumentedVersion(deps.db, chosen),
  ]);
  const wantedDocs =
    version && ({ version, part: "page", operations: deps.apiOperations, questions: reader.questions } as const);
  const reference = wantedDocs && (await deps.programDocs.read(wantedDocs));
  const html = programDocsPage({
    page: framePage(deps, request),
    programs: programs.length > programsPerPage ? null : programs,
    chosen,
    documented: version && { program: version, reference: referencePlace },
  });
  if (reference === undefined) return respondWithHtml(html);
  const [before = "", after = ""] = html.split(referencePlace);
  const encoding = chooseEncoding(request, streamEncodings);
  if (encoding === "identity") {
    const plain = await streamChunks(streamPage(before, reference, after));
    return respondWithHtml(await withLength(request, plain, plainDocsLimits));
  }
  const turn = { apiKeyId: 0, signal: request.signal };
  const packed = await packingLine.run(async () => {
    const page = [Buffer.from(before), await unpackDocs(reference), Buffer.from(after)];
    return pagePackers[encoding](Buffer.concat(page));
  }, turn);
  return respondWithHtml(packed, { headers: { "Content-Encoding": encoding } });
}

async function* streamPage(before: string, reference: PackedDocs, after: string): AsyncGenerator<Bytes> {
  yield Buffer.from(before);
  yield* streamDocs(reference);
  yield Buffer.from(after);
}

/** The programs that somebody may read about; those with only a draft when they are signed in. */
function programsOf(deps: PageDeps, { isSignedIn, slugs }: DocsReader, filter: DocumentedProgramsFilter) {
  return documentedProgramListing(deps.db, {
    ...filter,
    ...(slugs && { slugs }),
    ...(!isSignedIn && { isActive: true }),
  });
}
