/** The list of API keys: active, retired or expired. */
import { countApiKeys } from "../../domain/access/keys/count.ts";
import type { ApiKeyState } from "../../domain/access/keys/find.ts";
import { countFilteredApiKeys, listApiKeys } from "../../domain/access/keys/list.ts";
import { type ApiKeyOrder, type ApiKeyPlace, apiKeySorts, isPlaceIn } from "../../domain/access/keys/order.ts";
import { countRefusals } from "../../domain/access/refusals/list.ts";
import { listDailyCalls } from "../../domain/access/usage/history.ts";
import { getContext } from "../../http/context.ts";
import { readPageQuery, searchOf } from "../../http/page-guard/forms.ts";
import { type PageRoute, type RoleCall, rolePage } from "../../http/page-guard/routes.ts";
import { localDate } from "../../lib/time/times.ts";
import { apiKeysPage, usualOrder } from "../../views/keys/list.tsx";
import { soonDays } from "../../views/parts/format.ts";
import { framePage, type PageDeps, readId, respondWithHtml } from "../frame.ts";
import { findRetirementNotice } from "./notices.ts";

const keysPerPage = 25;
const dayMs = 86_400_000;

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
  const order = readOrder(query.get("sort")) ?? usualOrder(expiringOnly);
  const expiresBefore = new Date(now.getTime() + soonDays * dayMs);
  const filter = { state, search, now, ...(expiringOnly ? { expiresBefore } : {}) };
  const [listed, counts, expiring] = await Promise.all([
    listApiKeys(deps.db, {
      actor,
      filter,
      order,
      limit: keysPerPage,
      after: readPlace(query.get("after"), order),
      before: readPlace(query.get("before"), order),
    }),
    countApiKeys(deps.db, { actor, search, now }),
    expiringOnly ? countFilteredApiKeys(deps.db, { actor, filter }) : undefined,
  ]);
  const { apiKeys } = listed;
  const [calls, refused] = await Promise.all([
    listDailyCalls(deps.db, { apiKeys, today: localDate(now, deps.rules.zone) }),
    countRefusals(deps.db, { actor, apiKeys, since: new Date(now.getTime() - dayMs) }),
  ]);
  const props = {
    page: framePage(deps, request, await findRetirementNotice(deps, { request, actor })),
    state,
    counts,
    total: expiring ?? counts[state],
    ...listed,
    order,
    search,
    expiringOnly,
    calls,
    refused,
  };
  return respondWithHtml(apiKeysPage(props));
}

/** `name`, or `-name` the other way round; undefined for what is no order. */
function readOrder(text: string | null): ApiKeyOrder | undefined {
  const by = apiKeySorts.find((known) => known === text?.replace(/^-/, ""));
  return by && { by, isDescending: text?.startsWith("-") === true };
}

/** A place in the order; undefined for what is none. */
function readPlace(text: string | null, order: ApiKeyOrder): ApiKeyPlace | undefined {
  const [, digits = "", value = ""] = /^(\d+)\.(.*)$/s.exec(text ?? "") ?? [];
  const id = readId(digits);
  const place = id === undefined ? undefined : { id, value };
  return place && isPlaceIn(order, place) ? place : undefined;
}
