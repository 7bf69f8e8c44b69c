/** The list of programs, one program, and publishing its draft. */
import { Elysia } from "elysia";
import { listAuditEvents } from "../../domain/access/audit/list.ts";
import type { Actor } from "../../domain/access/audit/record.ts";
import { getProgramDraft } from "../../domain/programs/draft.ts";
import { findImportReport } from "../../domain/programs/import-report.ts";
import { listProgramKeys } from "../../domain/programs/key-holders.ts";
import {
  countPrograms,
  type DescribedProgram,
  getDescribedProgram,
  listDescribedPrograms,
} from "../../domain/programs/list.ts";
import { publishProgram } from "../../domain/programs/publish.ts";
import { listProgramVersions } from "../../domain/programs/versions.ts";
import { getContext } from "../../http/context.ts";
import { fieldOf, readForm, readPageQuery, searchOf } from "../../http/page-guard/forms.ts";
import { requireAdmin } from "../../http/page-guard/require-admin.ts";
import { programHref } from "../../views/parts/hrefs.ts";
import type { Notice } from "../../views/parts/layout.tsx";
import { programsPage } from "../../views/programs/list.tsx";
import { programPage } from "../../views/programs/program.tsx";
import { publishProgramPage } from "../../views/programs/publish.tsx";
import type { ProgramSyncProps } from "../../views/programs/sync.tsx";
import { framePage, type PageDeps, readId, respondWithHtml, seeOther } from "../frame.ts";
import { findProgramSync } from "./sync.ts";

const programsPerPage = 50;
/** Of the versions, keys and audit events on a program's page. */
const rowsShown = 25;

/** The pages of existing programs. */
export function programPages(deps: PageDeps) {
  return new Elysia({ name: "program-pages" })
    .use(requireAdmin(deps))
    .get("/admin/programs", ({ request }) => showList(deps, request))
    .get("/admin/programs/:slug", ({ request, params }) => showProgram(deps, request, params.slug))
    .get("/admin/programs/:slug/publish", ({ request, params }) => showPublish(deps, request, params.slug))
    .post(
      "/admin/programs/:slug/publish",
      ({ request, params, actor }) => publish(deps, request, { slug: params.slug, actor }),
      { parse: "none" },
    );
}

async function showList(deps: PageDeps, request: Request): Promise<Response> {
  const list = await listProgramsOfQuery(deps, request);
  const props = { page: framePage(deps, request), ...list };
  return respondWithHtml(programsPage(props));
}

/** The page of programs that an address asks for: `q` is the search, `after` is where the previous page ended. */
export async function listProgramsOfQuery(
  deps: PageDeps,
  request: Request,
  { isServed = false }: { isServed?: boolean } = {},
) {
  const query = readPageQuery(request);
  const search = searchOf(query);
  const filter = { search, isServed };
  const [found, count] = await Promise.all([
    listDescribedPrograms(deps.db, {
      filter,
      limit: programsPerPage,
      now: getContext(request).receivedAt,
      after: query.get("after") ?? undefined,
    }),
    countPrograms(deps.db, filter),
  ]);
  return { ...found, count, search };
}

async function showProgram(deps: PageDeps, request: Request, slug: string): Promise<Response> {
  const { db } = deps;
  const now = getContext(request).receivedAt;
  const program = await getDescribedProgram(db, { slug, now });
  const query = readPageQuery(request);
  const programId = program.id;
  const imported = readId(query.get("imported"));
  const [{ versions }, keys, { events: auditEvents }, report, sync] = await Promise.all([
    listProgramVersions(db, { programId, limit: rowsShown }),
    listProgramKeys(db, { programId, now, limit: rowsShown }),
    listAuditEvents(db, { filter: { programId }, limit: rowsShown }),
    imported === undefined ? undefined : findImportReport(db, { programId, version: imported }),
    findProgramSync(deps, program),
  ]);
  const page = framePage(deps, request, describeOutcome(program, query, sync));
  return respondWithHtml(programPage({ page, program, versions, keys, auditEvents, report: report ?? null, sync }));
}

/** What has just been done, by the address; only if it is true, because anyone can make up an address. */
function describeOutcome(
  program: DescribedProgram,
  query: URLSearchParams,
  sync: ProgramSyncProps["sync"] | null,
): Notice | undefined {
  const { activeVersionId, draftVersionId } = program;
  const idIn = (name: string) => readId(query.get(name)) ?? null;
  const [imported, unchanged] = [idIn("imported"), idIn("unchanged")];
  if (imported !== null && imported === draftVersionId) {
    return { tone: "success", text: `Version ${imported} imported as a draft.` };
  }
  if (imported !== null && imported === activeVersionId) {
    return { tone: "success", text: `Version ${imported} imported and published.` };
  }
  if (unchanged !== null && (unchanged === draftVersionId || unchanged === activeVersionId)) {
    const stage = unchanged === draftVersionId ? "the draft" : "the active version";
    const text = `Nothing new to import. The file is the same as ${stage}, version ${unchanged}.`;
    return { tone: "info", text };
  }
  if (activeVersionId !== null && idIn("published") === activeVersionId) {
    return { tone: "success", text: `Version ${activeVersionId} published.` };
  }
  const isSyncing = sync?.state?.isRequested || sync?.state?.state === "running";
  if (query.get("syncing") === "1" && isSyncing) {
    return { tone: "info", text: "Sync requested. Reload this page to see its progress." };
  }
  return undefined;
}

async function showPublish(deps: PageDeps, request: Request, slug: string): Promise<Response> {
  const now = getContext(request).receivedAt;
  const program = await getDescribedProgram(deps.db, { slug, now });
  if (program.draftVersionId === null) return seeOther(programHref(slug));
  const draft = await getProgramDraft(deps.db, program.id);
  return respondWithHtml(publishProgramPage({ page: framePage(deps, request), program, draft }));
}

async function publish(
  deps: PageDeps,
  request: Request,
  { slug, actor }: { slug: string; actor: Actor },
): Promise<Response> {
  const form = await readForm(request);
  const shown = readId(fieldOf(form, "version"));
  const { version } = await publishProgram(deps.db, {
    slug,
    actor,
    now: getContext(request).receivedAt,
    ...(shown === undefined ? {} : { version: shown }),
  });
  return seeOther(programHref(slug, { published: version }));
}
