import { auditListing } from "../../domain/access/audit/list.ts";
import { permit } from "../../domain/access/people/roles.ts";
import { listDailyRefusals, refusalListing } from "../../domain/access/refusals/list.ts";
import { listSuggestions } from "../../domain/access/suggestions/list.ts";
import { listAddressCalls, listProgramCalls } from "../../domain/access/usage/breakdown.ts";
import { historyDays, listDailyCalls } from "../../domain/access/usage/history.ts";
import { type PageRoute, type RoleCall, rolePage } from "../../http/page-guard/routes.ts";
import { readFirst } from "../../lib/keyset.ts";
import { addDays, localDate } from "../../lib/time/times.ts";
import { apiKeyPage } from "../../views/keys/key.tsx";
import { periods } from "../../views/parts/chart.tsx";
import { framePage, type PageDeps, readId, respondWithHtml } from "../frame.ts";
import { getKeyOfPath } from "./key-of-path.ts";
import { credentialsGone, describeNarrowing } from "./notices.ts";

const auditEventsShown = 50;
const refusalsShown = 10;

/** The page of one key: what it may do, how it is used, and what happened to it. */
export function apiKeyPages(deps: PageDeps): PageRoute[] {
  return [rolePage("GET", "/admin/apiKeys/:id", "see keys", (call) => showKey(deps, call, call.params.id))];
}

async function showKey(deps: PageDeps, call: RoleCall<"see keys">, id: string): Promise<Response> {
  const { request, query, now, session, actor } = call;
  const apiKey = await getKeyOfPath(deps, call, id);
  const apiKeyId = apiKey.id;
  const { zone } = deps.rules;
  const today = localDate(now, zone);
  const auditor = permit(actor, { roles: session.roles, right: "see the audit trail" });
  const dayCount = periods.find((days) => String(days) === query.get("days")) ?? historyDays;
  const [trail, calls, recent, dailyRefusals, programCalls, addressCalls, suggestions] = await Promise.all([
    auditor && readFirst(auditListing(deps.db, { actor: auditor, filter: { apiKeyId } }), auditEventsShown),
    listDailyCalls(deps.db, { apiKeys: [apiKey], today, dayCount }),
    readFirst(refusalListing(deps.db, { actor, filter: { apiKeyId } }), refusalsShown + 1),
    listDailyRefusals(deps.db, { actor, apiKeyId, since: addDays(today, 1 - dayCount), zone }),
    listProgramCalls(deps.db, { apiKeyId, actor, today }),
    listAddressCalls(deps.db, { apiKey, today }),
    listSuggestions(deps.db, { apiKeys: [apiKey], zone, now }),
  ]);
  const auditEvents = trail ?? null;
  const notice =
    query.get("created") === "true" ? credentialsGone : describeNarrowing(query, { newest: auditEvents?.[0], now });
  return respondWithHtml(
    apiKeyPage({
      page: framePage(deps, request, notice),
      apiKey,
      grantsFrom: readId(query.get("grantsFrom")) ?? 0,
      auditEvents,
      calls: calls.get(apiKeyId) ?? [],
      dailyRefusals,
      programCalls,
      addressCalls,
      suggestions: suggestions.get(apiKeyId) ?? [],
      refusals: { refusals: recent.slice(0, refusalsShown), hasMore: recent.length > refusalsShown },
      isWarnedOf: deps.channels.email !== undefined || deps.channels.webhook !== undefined,
    }),
  );
}
