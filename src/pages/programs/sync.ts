import { listSyncStates, requestSync } from "../../domain/civiform/sync/state.ts";
import { getProgramBySlug, type Program } from "../../domain/programs/find.ts";
import { type PageRoute, rolePage } from "../../http/page-guard/routes.ts";
import { DomainError } from "../../lib/errors.ts";
import { programHref } from "../../views/parts/hrefs.ts";
import type { ProgramSyncProps } from "../../views/programs/sync.tsx";
import { type PageDeps, seeOther } from "../frame.ts";

/** The "Sync now" button of a program's page. */
export function applicationSyncPages(deps: PageDeps): PageRoute[] {
  return [
    rolePage("POST", "/admin/programs/:slug/sync", "change programs", ({ now, params }) =>
      askForSync(deps, params.slug, now),
    ),
  ];
}

async function askForSync(deps: PageDeps, slug: string, now: Date): Promise<Response> {
  const program = await getProgramBySlug(deps.db, slug);
  const plan = findPlan(deps, slug);
  if (plan === undefined) {
    throw new DomainError("conflict", "The server isn’t configured to sync this program.");
  }
  await requestSync(deps.db, { programId: program.id, origin: plan.origin, now });
  deps.sync?.wake();
  return seeOther(programHref(slug, { syncing: 1 }));
}

/** A program's sync; null when there never was one and none is configured. */
export async function findProgramSync(
  deps: PageDeps,
  program: Pick<Program, "id" | "slug">,
): Promise<ProgramSyncProps["sync"] | null> {
  const [state] = await listSyncStates(deps.db, program.id);
  const plan = findPlan(deps, program.slug);
  if (state === undefined && plan === undefined) return null;
  return { state: state ?? null, plan: plan ?? null };
}

function findPlan({ sync }: PageDeps, slug: string) {
  if (!sync?.plan.programs.includes(slug)) return undefined;
  const { source, everyMinutes } = sync.plan;
  return { origin: source.origin, everyMinutes };
}
