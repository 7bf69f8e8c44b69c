import { decodeProgramExport, exportBytesMax } from "../../domain/programs/civiform-export.ts";
import { importProgram } from "../../domain/programs/import.ts";
import { type PageRoute, type RoleCall, rolePage } from "../../http/page-guard/routes.ts";
import { readUpload } from "../../http/page-guard/uploads.ts";
import { DomainError } from "../../lib/errors.ts";
import { programHref } from "../../views/parts/hrefs.ts";
import { importProgramPage } from "../../views/programs/import.tsx";
import { framePage, type PageDeps, respondWithHtml, seeOther } from "../frame.ts";

/** The pages that import a program from an uploaded file. */
export function importProgramPages(deps: PageDeps): PageRoute[] {
  return [
    rolePage("GET", "/admin/programs/import", "change programs", ({ request }) => showForm(deps, request)),
    rolePage("POST", "/admin/programs", "change programs", (call) => importUpload(deps, call)),
  ];
}

async function importUpload(deps: PageDeps, { request, now, actor }: RoleCall<"change programs">): Promise<Response> {
  const upload = await readUpload(request, { fileField: "export", bytesMax: exportBytesMax });
  const publish = upload.field("publish") !== "";
  if (upload.bytes === undefined) {
    return showForm(deps, request, { publish, problem: "Choose the file to import." });
  }
  try {
    const text = decodeProgramExport(upload.bytes);
    const { slug, version, changed } = await importProgram(deps.db, { text, publish, actor, now });
    return seeOther(programHref(slug, changed ? { imported: version } : { unchanged: version }));
  } catch (error) {
    if (!(error instanceof DomainError) || error.code !== "invalid") throw error;
    return showForm(deps, request, { publish, problem: adviseOn(error.message) });
  }
}

/** Whoever chose a file that isn't JSON is told which file to choose. */
function adviseOn(problem: string): string {
  if (!problem.startsWith("JSON is incorrectly formatted")) return problem;
  const advice = "This isn’t a CiviForm export. Choose the .json file from Export program.";
  return `${problem.replace(/\.$/, "")}. ${advice}`;
}

function showForm(deps: PageDeps, request: Request, refused?: { publish: boolean; problem: string }): Response {
  const markup = importProgramPage({
    page: framePage(deps, request),
    publish: refused?.publish ?? false,
    problems: refused === undefined ? {} : { export: [refused.problem] },
    bytesMax: exportBytesMax,
  });
  return respondWithHtml(markup, { status: refused === undefined ? 200 : 422 });
}
