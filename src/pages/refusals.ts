/** Refused calls, which answer "why do I get a 401?" */
import { type RefusalReason, rules } from "../domain/access/authentication.ts";
import { getApiKey } from "../domain/access/keys/find.ts";
import { listRefusals } from "../domain/access/refusals/list.ts";
import { getContext } from "../http/context.ts";
import { readPageQuery, searchOf } from "../http/page-guard/forms.ts";
import { type PageRoute, type RoleCall, rolePage } from "../http/page-guard/routes.ts";
import { refusalsPage } from "../views/refusals/list.tsx";
import { framePage, type PageDeps, readId, respondWithHtml } from "./frame.ts";

const refusalsPerPage = 50;

/** The page of refused calls. */
export function refusalPages(deps: PageDeps): PageRoute[] {
  return [rolePage("GET", "/admin/refusals", "see refused calls", (call) => showRefusals(deps, call))];
}

async function showRefusals(deps: PageDeps, { request, actor }: RoleCall<"see refused calls">): Promise<Response> {
  const query = readPageQuery(request);
  const search = searchOf(query);
  const reason = readReason(query.get("reason"));
  const apiKeyId = readId(query.get("key"));
  const before = readId(query.get("before"));
  const now = getContext(request).receivedAt;
  const [found, apiKey] = await Promise.all([
    listRefusals(deps.db, {
      actor,
      filter: {
        search,
        ...(reason === null ? {} : { reason }),
        ...(apiKeyId === undefined ? {} : { apiKeyId }),
      },
      limit: refusalsPerPage,
      before,
    }),
    apiKeyId === undefined ? null : getApiKey(deps.db, { id: apiKeyId, actor, now }),
  ]);
  const props = { page: framePage(deps, request), ...found, reason, search, apiKey };
  return respondWithHtml(refusalsPage(props));
}

function readReason(text: string | null): RefusalReason | null {
  return rules.find(({ reason }) => reason === text)?.reason ?? null;
}
