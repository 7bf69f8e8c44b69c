import type { ProgramReader } from "../../domain/access/people/roles.ts";
import { programListing } from "../../domain/programs/list.ts";
import { searchOf } from "../../http/page-guard/forms.ts";
import { type PageCall, type PageRoute, type RoleCall, rolePage } from "../../http/page-guard/routes.ts";
import { readPage } from "../../lib/keyset.ts";
import { programsPage } from "../../views/programs/list.tsx";
import { framePage, type PageDeps, respondWithHtml } from "../frame.ts";
import { readStart } from "../lists.ts";

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

/** The page of programs that an address asks for: `q` is the search, `after` and `before` say which page. */
export async function listProgramsOfQuery(
  deps: PageDeps,
  { query, now, actor }: PageCall & { actor: ProgramReader },
  { isServed = false }: { isServed?: boolean } = {},
) {
  const search = searchOf(query);
  const filter = { actor, search, isServed };
  const listing = programListing(deps.db, { filter, now });
  const start = readStart(query, (slug) => slug);
  return { found: await readPage(listing, { ...start, limit: programsPerPage }), search };
}
