import { type ApiKey, getApiKey } from "../../domain/access/keys/find.ts";
import { retireApiKey, retireApiKeys } from "../../domain/access/keys/retire.ts";
import { listDailyCalls } from "../../domain/access/usage/history.ts";
import { fieldOf } from "../../http/page-guard/forms.ts";
import type { PageRoute, RoleCall } from "../../http/page-guard/routes.ts";
import { DomainError } from "../../lib/errors.ts";
import { localDate } from "../../lib/time/times.ts";
import { retireApiKeyPage } from "../../views/keys/retire.tsx";
import { retireApiKeysPage } from "../../views/keys/retire-several.tsx";
import type { Clock } from "../../views/parts/format.ts";
import { keyHref, retiredHref } from "../../views/parts/hrefs.ts";
import { formPages } from "../form-pages.ts";
import { type PageDeps, readId, seeOther } from "../frame.ts";
import { getKeyOfPath } from "./key-of-path.ts";

const keysMax = 100;

/** The question whether to retire a key, or the keys of `key=<id>` (given once or more), and its answer. */
export function retireApiKeyPages(deps: PageDeps): PageRoute[] {
  const read = (fields: URLSearchParams) => ({ reason: fieldOf(fields, "reason") });
  const listCalls = (apiKeys: readonly ApiKey[], { now, zone }: Clock) =>
    listDailyCalls(deps.db, { apiKeys, today: localDate(now, zone) });
  return [
    ...formPages(deps, "/admin/apiKeys/:id/retire", "change keys", {
      open: (call) => getKeyOfPath(deps, call, call.params.id),
      read,
      start: ({ id, state }) => (state === "retired" ? seeOther(keyHref(id)) : { reason: "" }),
      async draw(frame, apiKey, { reason }) {
        const calls = await listCalls([apiKey], frame.page);
        return retireApiKeyPage({ ...frame, apiKey, reason, calls: calls.get(apiKey.id) ?? [] });
      },
      async act({ now, actor }, { id }, { reason }) {
        const retired = await retireApiKey(deps.db, { id, reason, actor, now });
        return seeOther(retiredHref({ retired: [retired], wereRetired: [] }));
      },
    }),
    ...formPages(deps, "/admin/apiKeys/retire", "change keys", {
      open: (call) => readKeys(deps, call),
      read,
      draw: async (frame, apiKeys, { reason }) =>
        retireApiKeysPage({ ...frame, apiKeys, reason, calls: await listCalls(apiKeys, frame.page) }),
      async act({ now, actor }, apiKeys, { reason }) {
        const ids = apiKeys.map(({ id }) => id);
        return seeOther(retiredHref(await retireApiKeys(deps.db, { ids, reason, actor, now })));
      },
    }),
  ];
}

/**
 * The keys of an address; without any, the way back to the list. Throws `not_found` when one does not exist, and
 * `invalid` for more than a list shows.
 */
async function readKeys(deps: PageDeps, { query, now, actor }: RoleCall<"change keys">): Promise<ApiKey[] | Response> {
  const ids = [...new Set(query.getAll("key"))].map((text) => readId(text) ?? 0);
  if (ids.length > keysMax) throw new DomainError("invalid", `Retire ${keysMax} keys or fewer at once.`);
  if (ids.length === 0) return seeOther("/admin/apiKeys");
  return Promise.all(ids.map((id) => getApiKey(deps.db, { id, actor, now })));
}
