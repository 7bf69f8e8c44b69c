/** Refused calls, which answer "why do I get a 401?" */
import { type RefusalReason, rules } from "../domain/access/authentication.ts";
import { getApiKey } from "../domain/access/keys/find.ts";
import { refusalListing } from "../domain/access/refusals/list.ts";
import { getContext } from "../http/context.ts";
import { readPageQuery, searchOf } from "../http/page-guard/forms.ts";
import { type PageRoute, type RoleCall, rolePage } from "../http/page-guard/routes.ts";
import { readPage } from "../lib/keyset.ts";
import { refusalColumns } from "../views/refusals/csv.ts";
import { refusalsPage } from "../views/refusals/list.tsx";
import { framePage, type PageDeps, readId, respondWithHtml } from "./frame.ts";
import { readStart, respondWithCsv } from "./lists.ts";

const refusalsPerPage = 50;

/** The page of refused calls. */
export function refusalPages(deps: PageDeps): PageRoute[] {
  return [
    rolePage("GET", "/admin/refusals", "see refused calls", (call) => showRefusals(deps, call)),
    rolePage("GET", "/admin/refusals/download", "see refused calls", (call) => {
      const { search, reason, apiKeyId, listing } = readList(deps, call);
      const filter = { search, reason: reason ?? "", key: String(apiKeyId ?? "") };
      return respondWithCsv(deps, call, { name: "Refused calls", filter, listing, columns: refusalColumns });
    }),
  ];
}

async function showRefusals(deps: PageDeps, call: RoleCall<"see refused calls">): Promise<Response> {
  const { request, actor } = call;
  const { search, reason, apiKeyId, listing } = readList(deps, call);
  const start = readStart(readPageQuery(request), readId);
  const now = getContext(request).receivedAt;
  const [found, apiKey] = await Promise.all([
    readPage(listing, { ...start, limit: refusalsPerPage }),
    apiKeyId === undefined ? null : getApiKey(deps.db, { id: apiKeyId, actor, now }),
  ]);
  return respondWithHtml(refusalsPage({ page: framePage(deps, request), found, reason, search, apiKey }));
}

/** The filters of an address, and what they leave of the refused calls. */
function readList(deps: PageDeps, { request, actor }: RoleCall<"see refused calls">) {
  const query = readPageQuery(request);
  const search = searchOf(query);
  const reason = readReason(query.get("reason"));
  const apiKeyId = readId(query.get("key"));
  const filter = { search, ...(reason && { reason }), ...(apiKeyId && { apiKeyId }) };
  return { search, reason, apiKeyId, listing: refusalListing(deps.db, { actor, filter }) };
}

function readReason(text: string | null): RefusalReason | null {
  return rules.find(({ reason }) => reason === text)?.reason ?? null;
}
