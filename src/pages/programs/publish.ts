import { getProgramDraft } from "../../domain/programs/draft.ts";
import { getDescribedProgram } from "../../domain/programs/list.ts";
import { findNewQuestions } from "../../domain/programs/new-questions.ts";
import { publishProgram } from "../../domain/programs/publish.ts";
import { fieldOf, readForm } from "../../http/page-guard/forms.ts";
import { type PageRoute, type RoleCall, rolePage } from "../../http/page-guard/routes.ts";
import { programHref } from "../../views/parts/hrefs.ts";
import { publishProgramPage } from "../../views/programs/publish.tsx";
import { framePage, type PageDeps, readId, respondWithHtml, seeOther } from "../frame.ts";

/** The question whether to publish a draft, and its answer. */
export function publishProgramPages(deps: PageDeps): PageRoute[] {
  const path = "/admin/programs/:slug/publish";
  return [
    rolePage("GET", path, "change programs", (call) => showPublish(deps, call, call.params.slug)),
    rolePage("POST", path, "change programs", (call) => publish(deps, call, call.params.slug)),
  ];
}

type Call = RoleCall<"change programs">;

async function showPublish(deps: PageDeps, { request, now, actor }: Call, slug: string): Promise<Response> {
  const program = await getDescribedProgram(deps.db, { slug, actor, now });
  if (program.draftVersionId === null) return seeOther(programHref(slug));
  const draft = await getProgramDraft(deps.db, program.id);
  const news = await findNewQuestions(deps.db, { programId: program.id, version: draft.version, now });
  return respondWithHtml(publishProgramPage({ page: framePage(deps, request), program, draft, news }));
}

async function publish(deps: PageDeps, { request, now, actor }: Call, slug: string): Promise<Response> {
  const form = await readForm(request);
  const shown = readId(fieldOf(form, "version"));
  const wanted = shown === undefined ? {} : { version: shown };
  const { version } = await publishProgram(deps.db, { slug, actor, now, ...wanted });
  return seeOther(programHref(slug, { published: version }));
}
