import { openProgramForReader } from "../domain/access/grants.ts";
import { eraseApplications } from "../domain/applications/erasure/erase.ts";
import { openApplication } from "../domain/applications/reading.ts";
import { getDescribedProgram } from "../domain/programs/list.ts";
import { noteViewed } from "../http/context.ts";
import { fieldOf } from "../http/page-guard/forms.ts";
import type { PageRoute } from "../http/page-guard/routes.ts";
import { eraseApplicationPage } from "../views/applications/erase.tsx";
import { applicationsHref } from "../views/parts/hrefs.ts";
import { formPages } from "./form-pages.ts";
import { type PageDeps, seeOther } from "./frame.ts";

/** The question whether to erase an application, and its answer. */
export function eraseApplicationPages(deps: PageDeps): PageRoute[] {
  const { db } = deps;
  return formPages(deps, "/admin/programs/:slug/applications/:id/erase", "erase applications", {
    async open({ request, now, actor, params }) {
      const program = await getDescribedProgram(db, { slug: params.slug, actor, now });
      const granted = openProgramForReader(actor, program);
      const { details } = await openApplication(db, { program: granted, applicationId: params.id });
      noteViewed(request, granted, details.applicationId);
      return { program, application: details };
    },
    read: (fields) => ({ reason: fieldOf(fields, "reason").trim() }),
    check: ({ reason }) => (reason === "" ? { reason: ["Enter a reason."] } : {}),
    draw: (frame, opened, { reason }) => eraseApplicationPage({ ...frame, ...opened, reason }),
    async act({ now, actor }, { program, application: { applicationId } }, { reason }) {
      await eraseApplications(db, { program, reason, actor, choice: { applicationIds: [applicationId] }, now });
      return seeOther(applicationsHref(program.slug, { erased: applicationId }));
    },
  });
}
