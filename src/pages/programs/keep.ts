import { countExpired, readKeepDays, setKeepDays } from "../../domain/programs/keeping.ts";
import { getDescribedProgram } from "../../domain/programs/list.ts";
import { fieldOf } from "../../http/page-guard/forms.ts";
import type { PageRoute } from "../../http/page-guard/routes.ts";
import { DomainError } from "../../lib/errors.ts";
import { programHref } from "../../views/parts/hrefs.ts";
import { type KeepProgramPageProps, keepProgramPage } from "../../views/programs/keep.tsx";
import { formPages } from "../form-pages.ts";
import { type PageDeps, seeOther } from "../frame.ts";

interface KeepForm extends Pick<KeepProgramPageProps, "keepDays" | "expired"> {
  /** The number for which it was shown how much it erases. */
  readonly confirmed: string;
}

/** The form that sets for how long a program's applications are kept, and what it sends. */
export function keepProgramPages(deps: PageDeps): PageRoute[] {
  const { db } = deps;
  return formPages(deps, "/admin/programs/:slug/keep", "erase applications", {
    async open({ now, actor, params }) {
      const program = await getDescribedProgram(db, { slug: params.slug, actor, now });
      if (program.isExternal) throw new DomainError("not_found", "External programs have no applications.");
      return program;
    },
    read: (fields): KeepForm => ({
      keepDays: fieldOf(fields, "keepDays").trim(),
      confirmed: fieldOf(fields, "confirmed"),
      expired: null,
    }),
    start: ({ keepDays }): KeepForm => ({ keepDays: String(keepDays ?? ""), confirmed: "", expired: null }),
    draw: (frame, program, form) => keepProgramPage({ ...frame, ...form, program }),
    async act({ now, actor }, { id, slug }, form) {
      const keepDays = form.keepDays === "" ? null : readKeepDays(form.keepDays);
      // What would erase applications takes effect once it is sent again, with the number that was shown.
      if (keepDays !== null && form.confirmed !== form.keepDays) {
        const expired = await countExpired(db, { programId: id, keepDays, zone: deps.rules.zone });
        if (expired.count > 0) return { ...form, expired };
      }
      await setKeepDays(db, { slug, keepDays, actor, now });
      return seeOther(programHref(slug, { keeping: 1 }));
    },
  });
}
