/** The list of programs. */
import type { ProgramReader } from "../../domain/access/people/roles.ts";
import { countPrograms, listDescribedPrograms } from "../../domain/programs/list.ts";
import { getContext } from "../../http/context.ts";
import { readPageQuery, searchOf } from "../../http/page-guard/forms.ts";
import { type PageRoute, type RoleCall, rolePage } from "../../http/page-guard/routes.ts";
import { programsPage } from "../../views/programs/list.tsx";
import { framePage, type PageDeps, respondWithHtml } from "../frame.ts";

const programsPerPage = 50;

/** The page that lists programs. */
export function programListPages(deps: PageDeps): PageRoute[] {
  return [rolePage("GET", "/admin/programs", "see programs", (call) => showList(deps, call))];
}

async function showList(deps: PageDeps, call: RoleCall<"see programs">): Promise<Response> {
  const list = await listProgramsOfQuery(deps, call);
  const props = { page: framePage(deps, call.request), ...list };
  return respondWithHtml(programsPage(props));
}

/** The page of programs that an address asks for: `q` is the search, `after` is where the previous page ended. */
export async function listProgramsOfQuery(
  deps: PageDeps,
  { request, actor }: { request: Request; actor: ProgramReader },
  { isServed = false }: { isServed?: boolean } = {},
) {
  const query = readPageQuery(request);
  const search = searchOf(query);
  const filter = { actor, search, isServed };
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
