import { auditListing } from "../../domain/access/audit/list.ts";
import { permit } from "../../domain/access/people/roles.ts";
import { findImportReport } from "../../domain/programs/import-report.ts";
import { listProgramKeys } from "../../domain/programs/key-holders.ts";
import { type DescribedProgram, getDescribedProgram } from "../../domain/programs/list.ts";
import { findNewQuestions } from "../../domain/programs/new-questions.ts";
import { listProgramVersions } from "../../domain/programs/versions.ts";
import { type PageRoute, type RoleCall, rolePage } from "../../http/page-guard/routes.ts";
import { readFirst } from "../../lib/keyset.ts";
import type { Notice } from "../../views/parts/layout.tsx";
import { keepingOf } from "../../views/programs/facts.tsx";
import { programPage } from "../../views/programs/program.tsx";
import type { ProgramSyncProps } from "../../views/programs/sync.tsx";
import { framePage, type PageDeps, readId, respondWithHtml } from "../frame.ts";
import { findProgramSync } from "./sync.ts";

/** Of the versions, keys and audit events. */
const rowsShown = 25;

/** The page of one program: its versions, who may read it, and what happened to it. */
export function programPages(deps: PageDeps): PageRoute[] {
  return [
    rolePage("GET", "/admin/programs/:slug", "see programs", (call) => showProgram(deps, call, call.params.slug)),
  ];
}

async function showProgram(
  deps: PageDeps,
  { request, query, now, session, actor }: RoleCall<"see programs">,
  slug: string,
): Promise<Response> {
  const { db } = deps;
  const program = await getDescribedProgram(db, { slug, actor, now });
  const programId = program.id;
  const imported = readId(query.get("imported"));
  const auditor = permit(actor, { roles: session.roles, right: "see the audit trail" });
  const isPublished = imported !== undefined && imported === program.activeVersionId;
  const [{ versions }, keys, trail, report, news, sync] = await Promise.all([
    listProgramVersions(db, { programId, limit: rowsShown }),
    listProgramKeys(db, { programId, now, limit: rowsShown }),
    auditor && readFirst(auditListing(db, { actor: auditor, filter: { programId } }), rowsShown),
    imported === undefined ? undefined : findImportReport(db, { programId, version: imported }),
    isPublished ? findNewQuestions(db, { programId, version: imported, now }) : null,
    findProgramSync(deps, program),
  ]);
  const page = framePage(deps, request, describeOutcome(program, query, sync));
  const auditEvents = trail ?? null;
  return respondWithHtml(
    programPage({ page, program, versions, keys, auditEvents, report: report ?? null, news, sync }),
  );
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
  if (query.get("keeping") === "1") {
    return { tone: "success", text: `Applications are kept: ${keepingOf(program).toLowerCase()}.` };
  }
  const isSyncing = sync?.state?.isRequested || sync?.state?.state === "running";
  if (query.get("syncing") === "1" && isSyncing) {
    return { tone: "info", text: "Sync requested. Reload this page to see its progress." };
  }
  return undefined;
}
