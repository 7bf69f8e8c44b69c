/** The page of one key. */
import { Elysia } from "elysia";
import { listAuditEvents } from "../../domain/access/audit/list.ts";
import { listDailyRefusals, listRefusals } from "../../domain/access/refusals/list.ts";
import { listDailyCalls, listHistoryDays } from "../../domain/access/usage/history.ts";
import { getContext } from "../../http/context.ts";
import { readPageQuery } from "../../http/page-guard/forms.ts";
import { requireSession } from "../../http/page-guard/require-session.ts";
import { localDate } from "../../lib/time/times.ts";
import { apiKeyPage } from "../../views/keys/key.tsx";
import { framePage, type PageDeps, readId, respondWithHtml } from "../frame.ts";
import { getKeyOfPath } from "./key-of-path.ts";
import { describeNarrowing } from "./notices.ts";

const auditEventsShown = 50;
const refusalsShown = 10;

/** One key: what it may do, how it is used, and what happened to it. */
export function apiKeyPages(deps: PageDeps) {
  return new Elysia({ name: "api-key-pages" })
    .use(requireSession(deps))
    .get("/admin/apiKeys/:id", ({ request, params }) => showKey(deps, request, params.id));
}

async function showKey(deps: PageDeps, request: Request, id: string): Promise<Response> {
  const apiKey = await getKeyOfPath(deps, request, id);
  const now = getContext(request).receivedAt;
  const apiKeyId = apiKey.id;
  const today = localDate(now, deps.rules.zone);
  const [{ events: auditEvents }, calls, recent, days] = await Promise.all([
    listAuditEvents(deps.db, { filter: { apiKeyId }, limit: auditEventsShown }),
    listDailyCalls(deps.db, { apiKeyIds: [apiKeyId], today }),
    listRefusals(deps.db, { filter: { apiKeyId }, limit: refusalsShown }),
    listDailyRefusals(deps.db, { apiKeyId, since: listHistoryDays(today)[0] ?? today }),
  ]);
  const query = readPageQuery(request);
  const notice = describeNarrowing(query, { newest: auditEvents[0], now });
  return respondWithHtml(
    apiKeyPage({
      page: framePage(deps, request, notice),
      apiKey,
      grantsFrom: readId(query.get("grantsFrom")) ?? 0,
      auditEvents,
      calls: calls.get(apiKeyId) ?? [],
      refusals: { ...recent, days },
    }),
  );
}
