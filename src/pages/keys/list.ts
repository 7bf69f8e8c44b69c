/** The list of API keys: active, retired or expired. */
import { Elysia } from "elysia";
import { countApiKeys } from "../../domain/access/keys/count.ts";
import type { ApiKeyState } from "../../domain/access/keys/find.ts";
import { listApiKeys } from "../../domain/access/keys/list.ts";
import { listDailyCalls } from "../../domain/access/usage/history.ts";
import { getContext } from "../../http/context.ts";
import { readPageQuery, searchOf } from "../../http/page-guard/forms.ts";
import { requireSession } from "../../http/page-guard/require-session.ts";
import { localDate } from "../../lib/time/times.ts";
import { apiKeysPage } from "../../views/keys/list.tsx";
import { soonDays } from "../../views/parts/format.ts";
import { framePage, type PageDeps, readId, respondWithHtml } from "../frame.ts";
import { findRetirementNotice } from "./notices.ts";

const keysPerPage = 25;

/** The tabs of the list. */
export function apiKeyListPages(deps: PageDeps) {
  return new Elysia({ name: "api-key-list-pages" })
    .use(requireSession(deps))
    .get("/admin/apiKeys", ({ request }) => showList(deps, request, "active"))
    .get("/admin/apiKeys/retired", ({ request }) => showList(deps, request, "retired"))
    .get("/admin/apiKeys/expired", ({ request }) => showList(deps, request, "expired"));
}

async function showList(deps: PageDeps, request: Request, state: ApiKeyState): Promise<Response> {
  const now = getContext(request).receivedAt;
  const query = readPageQuery(request);
  const search = searchOf(query);
  const expiringOnly = state === "active" && query.get("expiring") === "true";
  const expiresBefore = new Date(now.getTime() + soonDays * 86_400_000);
  const [page, counts] = await Promise.all([
    listApiKeys(deps.db, {
      filter: { state, search, now, ...(expiringOnly ? { expiresBefore } : {}) },
      limit: keysPerPage,
      before: readId(query.get("before")),
    }),
    countApiKeys(deps.db, { search, now }),
  ]);
  const props = {
    page: framePage(deps, request, await findRetirementNotice(deps, request)),
    state,
    counts,
    ...page,
    search,
    expiringOnly,
    calls: await listDailyCalls(deps.db, {
      apiKeyIds: page.apiKeys.map(({ id }) => id),
      today: localDate(now, deps.rules.zone),
    }),
  };
  return respondWithHtml(apiKeysPage(props));
}
