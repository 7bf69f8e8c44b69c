/** The list of programs. */
import { Elysia } from "elysia";
import { countPrograms, listDescribedPrograms } from "../../domain/programs/list.ts";
import { getContext } from "../../http/context.ts";
import { readPageQuery, searchOf } from "../../http/page-guard/forms.ts";
import { requireSession } from "../../http/page-guard/require-session.ts";
import { programsPage } from "../../views/programs/list.tsx";
import { framePage, type PageDeps, respondWithHtml } from "../frame.ts";

const programsPerPage = 50;

/** The page that lists programs. */
export function programListPages(deps: PageDeps) {
  return new Elysia({ name: "program-list-pages" })
    .use(requireSession(deps))
    .get("/admin/programs", ({ request }) => showList(deps, request));
}

async function showList(deps: PageDeps, request: Request): Promise<Response> {
  const list = await listProgramsOfQuery(deps, request);
  const props = { page: framePage(deps, request), ...list };
  return respondWithHtml(programsPage(props));
}

/** The page of programs that an address asks for: `q` is the search, `after` is where the previous page ended. */
export async function listProgramsOfQuery(
  deps: PageDeps,
  request: Request,
  { isServed = false }: { isServed?: boolean } = {},
) {
  const query = readPageQuery(request);
  const search = searchOf(query);
  const filter = { search, isServed };
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
