/** The list of API keys: active, retired or expired. */
import { countApiKeys } from "../../domain/access/keys/count.ts";
import type { ApiKeyState } from "../../domain/access/keys/find.ts";
import { listApiKeys } from "../../domain/access/keys/list.ts";
import { listDailyCalls } from "../../domain/access/usage/history.ts";
import { getContext } from "../../http/context.ts";
import { readPageQuery, searchOf } from "../../http/page-guard/forms.ts";
import { type PageRoute, type RoleCall, rolePage } from "../../http/page-guard/routes.ts";
import { localDate } from "../../lib/time/times.ts";
import { apiKeysPage } from "../../views/keys/list.tsx";
import { soonDays } from "../../views/parts/format.ts";
import { framePage, type PageDeps, readId, respondWithHtml } from "../frame.ts";
import { findRetirementNotice } from "./notices.ts";

const keysPerPage = 25;

/** The tabs of the list. */
export function apiKeyListPages(deps: PageDeps): PageRoute[] {
  return [
    rolePage("GET", "/admin/apiKeys", "see keys", (call) => showList(deps, call, "active")),
    rolePage("GET", "/admin/apiKeys/retired", "see keys", (call) => showList(deps, call, "retired")),
    rolePage("GET", "/admin/apiKeys/expired", "see keys", (call) => showList(deps, call, "expired")),
  ];
}

async function showList(
  deps: PageDeps,
  { request, actor }: RoleCall<"see keys">,
  state: ApiKeyState,
): Promise<Response> {
  const now = getContext(request).receivedAt;
  const query = readPageQuery(request);
  const search = searchOf(query);
  const expiringOnly = state === "active" && query.get("expiring") === "true";
  const expiresBefore = new Date(now.getTime() + soonDays * 86_400_000);
  const [page, counts] = await Promise.all([
    listApiKeys(deps.db, {
      actor,
      filter: { state, search, now, ...(expiringOnly ? { expiresBefore } : {}) },
      limit: keysPerPage,
      before: readId(query.get("before")),
    }),
    countApiKeys(deps.db, { actor, search, now }),
  ]);
  const props = {
    page: framePage(deps, request, await findRetirementNotice(deps, { request, actor })),
    state,
    counts,
    ...page,
    search,
    expiringOnly,
    calls: await listDailyCalls(deps.db, {
      apiKeys: page.apiKeys,
      today: localDate(now, deps.rules.zone),
    }),
  };
  return respondWithHtml(apiKeysPage(props));
}
