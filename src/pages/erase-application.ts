/** The page that erases an application. */
import { openProgramForReader } from "../domain/access/grants.ts";
import { eraseApplications } from "../domain/applications/erasure/erase.ts";
import { openApplication } from "../domain/applications/reading.ts";
import { getDescribedProgram } from "../domain/programs/list.ts";
import { noteViewed } from "../http/context.ts";
import { fieldOf, readForm } from "../http/page-guard/forms.ts";
import { type PageRoute, type RoleCall, rolePage } from "../http/page-guard/routes.ts";
import { DomainError, type FieldProblems } from "../lib/errors.ts";
import { eraseApplicationPage } from "../views/applications/erase.tsx";
import { applicationsHref } from "../views/parts/hrefs.ts";
import { frameForm, reauthenticate } from "./account/reauthentication.ts";
import { onlyCode, type PageDeps, respondWithForm, seeOther } from "./frame.ts";

type EraseCall = RoleCall<"erase applications"> & { readonly params: { readonly slug: string; readonly id: string } };

/** The question whether to erase an application, and its answer. */
export function eraseApplicationPages(deps: PageDeps): PageRoute[] {
  const [path, right] = ["/admin/programs/:slug/applications/:id/erase", "erase applications"] as const;
  return [
    rolePage("GET", path, right, async (call) => showForm(deps, call, await open(deps, call), { reason: "" })),
    rolePage("POST", path, right, (call) => erase(deps, call)),
  ];
}

async function open({ db }: PageDeps, { request, now, actor, params }: EraseCall) {
  const program = await getDescribedProgram(db, { slug: params.slug, actor, now });
  const granted = openProgramForReader(actor, program);
  const { details } = await openApplication(db, { program: granted, applicationId: params.id });
  noteViewed(request, granted, details.applicationId);
  return { program, application: details };
}

async function erase(deps: PageDeps, call: EraseCall): Promise<Response> {
  const { request, now, actor } = call;
  const fields = await readForm(request);
  const opened = await open(deps, call);
  const { program, application } = opened;
  const reason = fieldOf(fields, "reason").trim();
  const missing = reason === "" ? { reason: ["Enter a reason."] } : {};
  const problems = { ...missing, ...(await reauthenticate(deps, call, fields)) };
  if (Object.keys(problems).length > 0) return showForm(deps, call, opened, { reason, problems });
  const { applicationId } = application;
  const erased = await eraseApplications(deps.db, {
    ...{ program, reason, actor, choice: { applicationIds: [applicationId] }, now },
  }).catch(onlyCode("invalid"));
  if (erased instanceof DomainError) return showForm(deps, call, opened, { reason, problems: erased.fields });
  return seeOther(applicationsHref(program.slug, { erased: applicationId }));
}

async function showForm(
  deps: PageDeps,
  { request }: EraseCall,
  opened: Awaited<ReturnType<typeof open>>,
  { reason, problems = {} }: { reason: string; problems?: FieldProblems },
): Promise<Response> {
  const form = await frameForm(deps, request, problems);
  return respondWithForm(eraseApplicationPage({ ...form, ...opened, reason }), problems);
}
