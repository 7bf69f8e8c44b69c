/** Refused calls, which answer "why do I get a 401?" */
import { type RefusalReason, rules } from "../domain/access/authentication.ts";
import { getApiKey } from "../domain/access/keys/find.ts";
import { refusalColumns } from "../domain/access/refusals/columns.ts";
import { countDailyRefusals, listRefusalGroups, type Refusal, refusalListing } from "../domain/access/refusals/list.ts";
import { listHistoryDays } from "../domain/access/usage/history.ts";
import { searchOf } from "../http/page-guard/forms.ts";
import { type PageRoute, type RoleCall, rolePage } from "../http/page-guard/routes.ts";
import { readPage } from "../lib/keyset.ts";
import { addDays, localDate, startOfDay } from "../lib/time/times.ts";
import { refusalsPage } from "../views/refusals/list.tsx";
import { reasonNames } from "../views/refusals/reasons.ts";
import { framePage, type PageDeps, readId, respondWithHtml } from "./frame.ts";
import { readStart, respondWithCsv } from "./lists.ts";

const refusalsPerPage = 50;
const columns = { ...refusalColumns, why: ({ reason }: Refusal) => reasonNames[reason] };

/** The page of refused calls. */
export function refusalPages(deps: PageDeps): PageRoute[] {
  return [
    rolePage("GET", "/admin/refusals", "see refused calls", (call) => showRefusals(deps, call)),
    rolePage("GET", "/admin/refusals/download", "see refused calls", (call) => {
      const { search, reason, apiKeyId, day, listing } = readList(deps, call);
      const filter = { search, reason: reason ?? "", key: String(apiKeyId ?? ""), day };
      return respondWithCsv(deps, call, { name: "Refused calls", filter, listing, columns });
    }),
  ];
}

async function showRefusals(deps: PageDeps, call: RoleCall<"see refused calls">): Promise<Response> {
  const { request, query, now, actor } = call;
  const { search, reason, apiKeyId, day, filter, onDay, listing } = readList(deps, call);
  const start = readStart(query, readId);
  const { zone } = deps.rules;
  const chartDays = listHistoryDays(localDate(now, zone));
  const since = startOfDay(chartDays[0] ?? "", zone) ?? now;
  const ofLastDays = { ...filter, since };
  const [found, apiKey, daily, groups] = await Promise.all([
    readPage(listing, { ...start, limit: refusalsPerPage }),
    apiKeyId === undefined ? null : getApiKey(deps.db, { id: apiKeyId, actor, now }),
    countDailyRefusals(deps.db, { actor, filter: ofLastDays, zone }),
    listRefusalGroups(deps.db, { actor, filter: onDay ?? ofLastDays }),
  ]);
  const page = framePage(deps, request);
  return respondWithHtml(refusalsPage({ page, found, reason, search, day, apiKey, chartDays, daily, groups }));
}

/** The filters of an address, and what they leave of the refused calls. An invalid day is ignored. */
function readList(deps: PageDeps, { query, actor }: RoleCall<"see refused calls">) {
  const { zone } = deps.rules;
  const search = searchOf(query);
  const reason = readReason(query.get("reason"));
  const apiKeyId = readId(query.get("key"));
  const since = startOfDay(query.get("day") ?? "", zone);
  const day = since === undefined ? "" : localDate(since, zone);
  const until = startOfDay(day && addDays(day, 1), zone);
  const filter = { search, ...(reason && { reason }), ...(apiKeyId && { apiKeyId }) };
  const onDay = since && until && { ...filter, since, until };
  const listing = refusalListing(deps.db, { actor, filter: onDay ?? filter });
  return { search, reason, apiKeyId, day, filter, onDay, listing };
}

function readReason(text: string | null): RefusalReason | null {
  return rules.find(({ reason }) => reason === text)?.reason ?? null;
}
