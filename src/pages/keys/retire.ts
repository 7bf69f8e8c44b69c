/** The pages that retire a key, or those that were checked in the list. */
import { type ApiKey, getApiKey } from "../../domain/access/keys/find.ts";
import { retireApiKey, retireApiKeys } from "../../domain/access/keys/retire.ts";
import { listDailyCalls } from "../../domain/access/usage/history.ts";
import { fieldOf, readForm } from "../../http/page-guard/forms.ts";
import { type PageRoute, type RoleCall, rolePage } from "../../http/page-guard/routes.ts";
import { DomainError, type FieldProblems } from "../../lib/errors.ts";
import { localDate } from "../../lib/time/times.ts";
import { retireApiKeyPage } from "../../views/keys/retire.tsx";
import { retireApiKeysPage } from "../../views/keys/retire-several.tsx";
import { keyHref, retiredHref } from "../../views/parts/hrefs.ts";
import { frameForm, reauthenticate } from "../account/reauthentication.ts";
import { onlyCode, type PageDeps, readId, respondWithForm, seeOther } from "../frame.ts";
import { getKeyOfPath } from "./key-of-path.ts";

const keysMax = 100;

type Call = RoleCall<"change keys">;

/** One key, by its own page, or several of the list. */
type Chosen = ApiKey | readonly ApiKey[];

/** The question whether to retire a key, or the keys of `key=<id>` (given once or more), and its answer. */
export function retireApiKeyPages(deps: PageDeps): PageRoute[] {
  const [ofOne, ofSeveral] = ["/admin/apiKeys/:id/retire", "/admin/apiKeys/retire"] as const;
  return [
    rolePage("GET", ofOne, "change keys", async (call) => {
      const apiKey = await getKeyOfPath(deps, call, call.params.id);
      return apiKey.state === "retired" ? seeOther(keyHref(apiKey.id)) : showForm(deps, call, apiKey, "");
    }),
    rolePage("POST", ofOne, "change keys", async (call) =>
      retire(deps, call, await getKeyOfPath(deps, call, call.params.id)),
    ),
    rolePage("GET", ofSeveral, "change keys", async (call) => {
      const apiKeys = await readKeys(deps, call);
      return apiKeys.length === 0 ? seeOther("/admin/apiKeys") : showForm(deps, call, apiKeys, "");
    }),
    rolePage("POST", ofSeveral, "change keys", async (call) => {
      const apiKeys = await readKeys(deps, call);
      return apiKeys.length === 0 ? seeOther("/admin/apiKeys") : retire(deps, call, apiKeys);
    }),
  ];
}

async function retire(deps: PageDeps, call: Call, chosen: Chosen): Promise<Response> {
  const { now, actor } = call;
  const fields = await readForm(call.request);
  const reason = fieldOf(fields, "reason");
  const proofProblems = await reauthenticate(deps, call, fields);
  if (proofProblems) return showForm(deps, call, chosen, reason, proofProblems);
  const retirement = { reason, actor, now };
  const retiring =
    "id" in chosen
      ? retireApiKey(deps.db, { id: chosen.id, ...retirement }).then((one) => ({ retired: [one], wereRetired: [] }))
      : retireApiKeys(deps.db, { ids: chosen.map(({ id }) => id), ...retirement });
  const done = await retiring.catch(onlyCode("invalid"));
  return done instanceof DomainError ? showForm(deps, call, chosen, reason, done.fields) : seeOther(retiredHref(done));
}

/** The keys of an address. Throws `not_found` when one does not exist, and `invalid` for more than a list shows. */
async function readKeys(deps: PageDeps, { query, now, actor }: Call): Promise<ApiKey[]> {
  const ids = [...new Set(query.getAll("key"))].map((text) => readId(text) ?? 0);
  if (ids.length > keysMax) throw new DomainError("invalid", `Retire ${keysMax} keys or fewer at once.`);
  return Promise.all(ids.map((id) => getApiKey(deps.db, { id, actor, now })));
}

async function showForm(
  deps: PageDeps,
  { request, now }: Call,
  chosen: Chosen,
  reason: string,
  problems: FieldProblems = {},
): Promise<Response> {
  const calls = await listDailyCalls(deps.db, { apiKeys: [chosen].flat(), today: localDate(now, deps.rules.zone) });
  const form = { ...(await frameForm(deps, request, problems)), reason };
  const markup =
    "id" in chosen
      ? retireApiKeyPage({ ...form, apiKey: chosen, calls: calls.get(chosen.id) ?? [] })
      : retireApiKeysPage({ ...form, apiKeys: chosen, calls });
  return respondWithForm(markup, problems);
}
