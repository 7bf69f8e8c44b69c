/** The list of API keys, one key, and retiring it (spec 3). Making one is in `new-api-key.ts`. */
import { Elysia } from "elysia";
import type { Session } from "../../domain/access/admins/sessions.ts";
import { type Actor, listAuditEventsOfKey } from "../../domain/access/audit/record.ts";
import { countApiKeys } from "../../domain/access/keys/count.ts";
import type { ApiKeyState } from "../../domain/access/keys/find.ts";
import { listApiKeys } from "../../domain/access/keys/list.ts";
import { retireApiKey } from "../../domain/access/keys/retire.ts";
import { listDailyRefusals, listRefusals } from "../../domain/access/refusals/list.ts";
import { listDailyCalls, listHistoryDays } from "../../domain/access/usage/history.ts";
import { getContext } from "../../http/context.ts";
import { readForm, readPageQuery } from "../../http/page-guard/forms.ts";
import { requireAdmin } from "../../http/page-guard/require-admin.ts";
import { localDate } from "../../lib/time/times.ts";
import { apiKeyPage } from "../../views/keys/key.tsx";
import { apiKeysFragment, apiKeysPage } from "../../views/keys/list.tsx";
import { retireApiKeyPage } from "../../views/keys/retire.tsx";
import { soonDays } from "../../views/parts/format.ts";
import { asksPassword, reauthenticate } from "../account/reauthentication.ts";
import {
  framePage,
  type PageDeps,
  readId,
  respondWithHtml,
  seeOther,
  wantsFragment,
} from "../frame.ts";
import { getKeyOfPath } from "./key-of-path.ts";
import { describeNarrowing, findRetirementNotice } from "./notices.ts";

const keysPerPage = 25;
const auditEventsShown = 50;
const refusalsShown = 10;

/** The pages of existing keys. */
export function apiKeyPages(deps: PageDeps) {
  return new Elysia({ name: "api-key-pages" })
    .use(requireAdmin(deps))
    .get("/admin/apiKeys", ({ request }) => showList(deps, request, "active"))
    .get("/admin/apiKeys/retired", ({ request }) => showList(deps, request, "retired"))
    .get("/admin/apiKeys/expired", ({ request }) => showList(deps, request, "expired"))
    .get("/admin/apiKeys/:id", ({ request, params }) => showKey(deps, request, params.id))
    .get("/admin/apiKeys/:id/retire", ({ request, params, session }) =>
      showRetire(deps, request, { id: params.id, session }),
    )
    .post(
      "/admin/apiKeys/:id/retire",
      ({ request, params, session, actor }) =>
        retire(deps, request, { id: params.id, session, actor }),
      { parse: "none" },
    );
}

async function showList(deps: PageDeps, request: Request, state: ApiKeyState): Promise<Response> {
  const now = getContext(request).receivedAt;
  const query = readPageQuery(request);
  const search = (query.get("q") ?? "").trim().slice(0, 200);
  const expiringOnly = state === "active" && query.get("expiring") === "true";
  const expiresBefore = new Date(now.getTime() + soonDays * 86_400_000);
  const before = readId(query.get("before"));
  const [page, counts] = await Promise.all([
    listApiKeys(deps.db, {
      filter: { state, search, now, ...(expiringOnly ? { expiresBefore } : {}) },
      limit: keysPerPage,
      ...(before === undefined ? {} : { before }),
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
  return respondWithHtml(wantsFragment(request) ? apiKeysFragment(props) : apiKeysPage(props));
}

async function showKey(deps: PageDeps, request: Request, id: string): Promise<Response> {
  const apiKey = await getKeyOfPath(deps, request, id);
  const { receivedAt } = getContext(request);
  const apiKeyId = apiKey.id;
  const today = localDate(receivedAt, deps.rules.zone);
  const [auditEvents, calls, recent, days] = await Promise.all([
    listAuditEventsOfKey(deps.db, { apiKeyId, limit: auditEventsShown }),
    listDailyCalls(deps.db, { apiKeyIds: [apiKeyId], today }),
    listRefusals(deps.db, { filter: { apiKeyId }, limit: refusalsShown }),
    listDailyRefusals(deps.db, { apiKeyId, since: listHistoryDays(today)[0] ?? today }),
  ]);
  const query = readPageQuery(request);
  const notice = describeNarrowing(query, { newest: auditEvents[0], now: receivedAt });
  const page = framePage(deps, request, notice);
  const grantsFrom = readId(query.get("grantsFrom")) ?? 0;
  const props = { page, apiKey, grantsFrom, auditEvents, calls: calls.get(apiKeyId) ?? [] };
  return respondWithHtml(apiKeyPage({ ...props, refusals: { ...recent, days } }));
}

async function showRetire(
  deps: PageDeps,
  request: Request,
  input: { id: string; session: Session },
): Promise<Response> {
  const apiKey = await getKeyOfPath(deps, request, input.id);
  if (apiKey.state === "retired") return seeOther(`/admin/apiKeys/${apiKey.id}`);
  return respondWithHtml(
    retireApiKeyPage({
      page: framePage(deps, request),
      apiKey,
      asksPassword: asksPassword(deps, request, input.session),
      problems: {},
    }),
  );
}

async function retire(
  deps: PageDeps,
  request: Request,
  input: { id: string; session: Session; actor: Actor },
): Promise<Response> {
  const form = await readForm(request);
  const apiKey = await getKeyOfPath(deps, request, input.id);
  const problems = await reauthenticate(deps, { request, session: input.session, form });
  if (Object.keys(problems).length > 0) {
    const page = framePage(deps, request);
    return respondWithHtml(retireApiKeyPage({ page, apiKey, asksPassword: true, problems }), {
      status: 422,
    });
  }
  await retireApiKey(deps.db, {
    id: apiKey.id,
    actor: input.actor,
    now: getContext(request).receivedAt,
  });
  return seeOther(`/admin/apiKeys?retired=${apiKey.id}`);
}
