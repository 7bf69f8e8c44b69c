/** The list of programs, one program, and publishing its draft (spec 5). Importing is in `import-program.ts`. */
import { Elysia } from "elysia";
import { type Actor, listAuditEventsOfProgram } from "../../domain/access/audit/record.ts";
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
import { fieldOf, readForm, readPageQuery } from "../../http/page-guard/forms.ts";
import { requireAdmin } from "../../http/page-guard/require-admin.ts";
import { programHref } from "../../views/parts/hrefs.ts";
import type { Notice } from "../../views/parts/layout.tsx";
import { programsFragment, programsPage } from "../../views/programs/list.tsx";
import { programPage } from "../../views/programs/program.tsx";
import { publishProgramPage } from "../../views/programs/publish.tsx";
import type { ProgramSyncProps } from "../../views/programs/sync.tsx";
import {
  framePage,
  type PageDeps,
  readId,
  respondWithHtml,
  seeOther,
  wantsFragment,
} from "../frame.ts";
import { findProgramSync } from "./sync.ts";

const programsPerPage = 50;
const versionsShown = 25;
const keysShown = 25;
const auditEventsShown = 25;

/** The pages of existing programs. */
export function programPages(deps: PageDeps) {
  return new Elysia({ name: "program-pages" })
    .use(requireAdmin(deps))
    .get("/admin/programs", ({ request }) => showList(deps, request))
    .get("/admin/programs/:slug", ({ request, params }) => showProgram(deps, request, params.slug))
    .get("/admin/programs/:slug/publish", ({ request, params }) =>
      showPublish(deps, request, params.slug),
    )
    .post(
      "/admin/programs/:slug/publish",
      ({ request, params, actor }) => publish(deps, request, { slug: params.slug, actor }),
      { parse: "none" },
    );
}

async function showList(deps: PageDeps, request: Request): Promise<Response> {
  const list = await listProgramsOfQuery(deps, request);
  const props = { page: framePage(deps, request), ...list };
  return respondWithHtml(wantsFragment(request) ? programsFragment(props) : programsPage(props));
}

/** The page of programs that an address asks for: `q` is searched for, `after` is where the page before ended. */
export async function listProgramsOfQuery(
  deps: PageDeps,
  request: Request,
  { isServed = false }: { isServed?: boolean } = {},
) {
  const query = readPageQuery(request);
  const search = (query.get("q") ?? "").trim().slice(0, 200);
  const after = query.get("after");
  const filter = { search, isServed };
  const [found, count] = await Promise.all([
    listDescribedPrograms(deps.db, {
      filter,
      limit: programsPerPage,
      now: getContext(request).receivedAt,
      ...(after === null ? {} : { after }),
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
  const [{ versions }, keys, auditEvents, report, sync] = await Promise.all([
    listProgramVersions(db, { programId, limit: versionsShown }),
    listProgramKeys(db, { programId, now, limit: keysShown }),
    listAuditEventsOfProgram(db, { programId, limit: auditEventsShown }),
    imported === undefined ? undefined : findImportReport(db, { programId, version: imported }),
    findProgramSync(deps, program),
  ]);
  const page = framePage(deps, request, describeOutcome(program, query, sync));
  return respondWithHtml(
    programPage({ page, program, versions, keys, auditEvents, report: report ?? null, sync }),
  );
}

/** What has just been done, when the address says so and it is so: an address can be made up. */
function describeOutcome(
  program: DescribedProgram,
  query: URLSearchParams,
  sync: ProgramSyncProps["sync"] | null,
): Notice | undefined {
  const named = (name: string) => readId(query.get(name));
  const { activeVersionId, draftVersionId } = program;
  const stageOf = (version: number | undefined) => {
    if (version === undefined) return undefined;
    if (version === draftVersionId) return "the draft";
    return version === activeVersionId ? "the active version" : undefined;
  };
  const [imported, unchanged] = [stageOf(named("imported")), stageOf(named("unchanged"))];
  if (imported) {
    return { tone: "success", text: `Imported: version ${named("imported")} is ${imported} now.` };
  }
  if (unchanged) {
    const text = `Nothing new was imported: version ${named("unchanged")}, which is ${unchanged} now, says the same.`;
    return { tone: "info", text };
  }
  if (stageOf(named("published")) === "the active version") {
    const text = `Published: version ${named("published")} is the active version now.`;
    return { tone: "success", text };
  }
  const isSyncing = sync?.state?.isRequested || sync?.state?.state === "running";
  if (query.get("syncing") === "1" && isSyncing) {
    return { tone: "info", text: "A sync was asked for. Load this page again to see how it goes." };
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
  const lookedAt = readId(fieldOf(form, "version"));
  const { version } = await publishProgram(deps.db, {
    slug,
    actor,
    now: getContext(request).receivedAt,
    ...(lookedAt === undefined ? {} : { version: lookedAt }),
  });
  return seeOther(programHref(slug, { published: version }));
}
