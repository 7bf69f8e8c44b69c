/** Importing CiviForm's program export by upload (spec 5). */
import { Elysia } from "elysia";
import type { Actor } from "../../domain/access/audit/record.ts";
import { decodeProgramExport, exportBytesMax } from "../../domain/programs/civiform-export.ts";
import { importProgram } from "../../domain/programs/import.ts";
import { getContext } from "../../http/context.ts";
import { requireAdmin } from "../../http/page-guard/require-admin.ts";
import { readUpload } from "../../http/page-guard/uploads.ts";
import { DomainError, type FieldProblems } from "../../lib/errors.ts";
import { programHref } from "../../views/parts/hrefs.ts";
import { importProgramPage } from "../../views/programs/import.tsx";
import { framePage, type PageDeps, respondWithHtml, seeOther } from "../frame.ts";

/** The pages that import a program. */
export function importProgramPages(deps: PageDeps) {
  return new Elysia({ name: "import-program-pages" })
    .use(requireAdmin(deps))
    .get("/admin/programs/import", ({ request }) => showForm(deps, request))
    .post("/admin/programs", ({ request, actor }) => importUpload(deps, request, actor), {
      parse: "none",
    });
}

async function importUpload(deps: PageDeps, request: Request, actor: Actor): Promise<Response> {
  const upload = await readUpload(request, { fileField: "export", bytesMax: exportBytesMax });
  const publish = upload.field("publish") !== "";
  if (upload.bytes === undefined) {
    return showForm(deps, request, { publish, problem: "Choose the file to import." });
  }
  try {
    const text = decodeProgramExport(upload.bytes);
    const now = getContext(request).receivedAt;
    const { slug, version, changed } = await importProgram(deps.db, { text, publish, actor, now });
    return seeOther(programHref(slug, changed ? { imported: version } : { unchanged: version }));
  } catch (error) {
    if (!(error instanceof DomainError) || error.code !== "invalid") throw error;
    return showForm(deps, request, { publish, problem: error.message });
  }
}

function showForm(
  deps: PageDeps,
  request: Request,
  sent?: { publish: boolean; problem: string },
): Response {
  const problems: FieldProblems = sent === undefined ? {} : { export: [sent.problem] };
  const page = framePage(deps, request);
  const publish = sent?.publish ?? false;
  return respondWithHtml(importProgramPage({ page, publish, problems, bytesMax: exportBytesMax }), {
    status: sent === undefined ? 200 : 422,
  });
}
