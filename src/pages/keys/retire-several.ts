/** The page that retires the keys that were checked in the list. */
import { type ApiKey, getApiKey } from "../../domain/access/keys/find.ts";
import { retireApiKeys } from "../../domain/access/keys/retire.ts";
import { listDailyCalls } from "../../domain/access/usage/history.ts";
import { getContext } from "../../http/context.ts";
import { fieldOf, readForm, readPageQuery } from "../../http/page-guard/forms.ts";
import { type PageRoute, type RoleCall, rolePage } from "../../http/page-guard/routes.ts";
import { DomainError, type FieldProblems } from "../../lib/errors.ts";
import { localDate } from "../../lib/time/times.ts";
import { retireApiKeysPage } from "../../views/keys/retire-several.tsx";
import { retiredHref } from "../../views/parts/hrefs.ts";
import { findAskedProof, reauthenticate } from "../account/reauthentication.ts";
import { framePage, type PageDeps, readId, respondWithForm, seeOther } from "../frame.ts";
import { onlyCode } from "../only-code.ts";

const keysMax = 100;

/** The question whether to retire the keys of `key=<id>`, given once or more, and its answer. */
export function retireApiKeysPages(deps: PageDeps): PageRoute[] {
  const path = "/admin/apiKeys/retire";
  return [
    rolePage("GET", path, "change keys", async (call) => {
      const apiKeys = await readKeys(deps, call);
      return apiKeys.length === 0 ? seeOther("/admin/apiKeys") : showForm(deps, call, { apiKeys, reason: "" });
    }),
    rolePage("POST", path, "change keys", (call) => retire(deps, call)),
  ];
}

async function retire(deps: PageDeps, call: RoleCall<"change keys">): Promise<Response> {
  const { request, actor } = call;
  const fields = await readForm(request);
  const apiKeys = await readKeys(deps, call);
  if (apiKeys.length === 0) return seeOther("/admin/apiKeys");
  const reason = fieldOf(fields, "reason");
  const proofProblems = await reauthenticate(deps, call, fields);
  if (proofProblems) return showForm(deps, call, { apiKeys, reason }, proofProblems);
  const now = getContext(request).receivedAt;
  const ids = apiKeys.map(({ id }) => id);
  const done = await retireApiKeys(deps.db, { ids, reason, actor, now }).catch(onlyCode("invalid"));
  if (done instanceof DomainError) return showForm(deps, call, { apiKeys, reason }, done.fields);
  return seeOther(retiredHref(done));
}

/** The keys of an address. Throws `not_found` when one does not exist, and `invalid` for more than a list shows. */
async function readKeys(deps: PageDeps, { request, actor }: RoleCall<"change keys">): Promise<ApiKey[]> {
  const now = getContext(request).receivedAt;
  const ids = [...new Set(readPageQuery(request).getAll("key"))].map((text) => readId(text) ?? 0);
  if (ids.length > keysMax) throw new DomainError("invalid", `Retire ${keysMax} keys or fewer at once.`);
  return Promise.all(ids.map((id) => getApiKey(deps.db, { id, actor, now })));
}

async function showForm(
  deps: PageDeps,
  { request }: RoleCall<"change keys">,
  { apiKeys, reason }: { apiKeys: readonly ApiKey[]; reason: string },
  problems: FieldProblems = {},
): Promise<Response> {
  const today = localDate(getContext(request).receivedAt, deps.rules.zone);
  const calls = await listDailyCalls(deps.db, { apiKeys, today });
  const proof = await findAskedProof(deps, request);
  const markup = retireApiKeysPage({ page: framePage(deps, request), apiKeys, reason, calls, proof, problems });
  return respondWithForm(markup, problems);
}
