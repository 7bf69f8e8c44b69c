import { countApiKeys } from "../../domain/access/keys/count.ts";
import type { ApiKeyState } from "../../domain/access/keys/find.ts";
import { apiKeyListing } from "../../domain/access/keys/list.ts";
import { type ApiKeyOrder, apiKeySorts, isPlaceIn } from "../../domain/access/keys/order.ts";
import { permit } from "../../domain/access/people/roles.ts";
import { countRefusals } from "../../domain/access/refusals/list.ts";
import { listSuggestions } from "../../domain/access/suggestions/list.ts";
import { listDailyCalls } from "../../domain/access/usage/history.ts";
import { type FirstSteps, readFirstSteps } from "../../domain/programs/first-steps.ts";
import { searchOf } from "../../http/page-guard/forms.ts";
import { type PageRoute, type RoleCall, rolePage } from "../../http/page-guard/routes.ts";
import { readPage, type SortPlace } from "../../lib/keyset.ts";
import { localDate } from "../../lib/time/times.ts";
import { apiKeyColumns } from "../../views/keys/csv.ts";
import { apiKeysPage, usualOrder } from "../../views/keys/list.tsx";
import { soonDays } from "../../views/parts/format.ts";
import { framePage, type PageDeps, respondWithHtml } from "../frame.ts";
import { readOrder, readSortPlace, readStart, respondWithCsv } from "../lists.ts";
import { findRetirementNotice } from "./notices.ts";

const keysPerPage = 25;
const dayMs = 86_400_000;

/** The tabs of the list, and each as a download. */
export function apiKeyListPages(deps: PageDeps): PageRoute[] {
  const tabs = [
    ["/admin/apiKeys", "active"],
    ["/admin/apiKeys/retired", "retired"],
    ["/admin/apiKeys/expired", "expired"],
  ] as const;
  return tabs.flatMap(([path, state]) => [
    rolePage("GET", path, "see keys", (call) => showList(deps, call, state)),
    rolePage("GET", `${path}/download`, "see keys", (call) => {
      const { search, expiringOnly, listing } = readList(deps, call, state);
      const filter = { state, search, expiring: expiringOnly ? `within ${soonDays} days` : "" };
      return respondWithCsv(deps, call, { name: "API keys", filter, listing, columns: apiKeyColumns });
    }),
  ]);
}

async function showList(deps: PageDeps, call: RoleCall<"see keys">, state: ApiKeyState): Promise<Response> {
  const { request, query, now, actor } = call;
  const { search, expiringOnly, order, listing } = readList(deps, call, state);
  const start = readStart(query, (text) => readPlace(text, order));
  const [found, counts] = await Promise.all([
    readPage(listing, { ...start, limit: keysPerPage }),
    countApiKeys(deps.db, { actor, search, now }),
  ]);
  const apiKeys = found.rows;
  const [calls, refused, suggestions] = await Promise.all([
    listDailyCalls(deps.db, { apiKeys, today: localDate(now, deps.rules.zone) }),
    countRefusals(deps.db, { actor, apiKeys, since: new Date(now.getTime() - dayMs) }),
    listSuggestions(deps.db, { apiKeys, zone: deps.rules.zone, now }),
  ]);
  const page = framePage(deps, request, await findRetirementNotice(deps, call));
  const isPlain = state === "active" && search === "" && !expiringOnly;
  const firstSteps = isPlain && apiKeys.every(({ callCount }) => !callCount) ? await findFirstSteps(deps, call) : null;
  const list = { page, state, counts, found, order, search, expiringOnly, calls, refused, suggestions, firstSteps };
  return respondWithHtml(apiKeysPage(list));
}

/** The steps until the first call, for those who take them; null once there was one. */
async function findFirstSteps(deps: PageDeps, { session, actor }: RoleCall<"see keys">): Promise<FirstSteps | null> {
  const maker = permit(actor, { roles: session.roles, right: "change keys" });
  const steps = maker && (await readFirstSteps(deps.db, { actor: maker }));
  return steps && !steps.wasCalled ? steps : null;
}

/** The search, the filter and the order of an address, and the keys that they give. */
function readList(deps: PageDeps, { query, now, actor }: RoleCall<"see keys">, state: ApiKeyState) {
  const search = searchOf(query);
  const expiringOnly = state === "active" && query.get("expiring") === "true";
  const order = readOrder(query.get("sort"), apiKeySorts) ?? usualOrder(expiringOnly);
  const expiresBefore = new Date(now.getTime() + soonDays * dayMs);
  const filter = { state, search, now, ...(expiringOnly ? { expiresBefore } : {}) };
  return { search, expiringOnly, order, listing: apiKeyListing(deps.db, { actor, filter, order }) };
}

/** A place in the order; undefined if it is invalid. */
function readPlace(text: string, order: ApiKeyOrder): SortPlace | undefined {
  const place = readSortPlace(text);
  return place && isPlaceIn(order, place) ? place : undefined;
}
