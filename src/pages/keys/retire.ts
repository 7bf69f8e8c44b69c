/** The page that retires a key. */
import type { ApiKey } from "../../domain/access/keys/find.ts";
import { retireApiKey } from "../../domain/access/keys/retire.ts";
import { listDailyCalls } from "../../domain/access/usage/history.ts";
import { getContext } from "../../http/context.ts";
import { fieldOf, readForm } from "../../http/page-guard/forms.ts";
import { type PageRoute, type RoleCall, rolePage } from "../../http/page-guard/routes.ts";
import { DomainError, type FieldProblems } from "../../lib/errors.ts";
import { localDate } from "../../lib/time/times.ts";
import { retireApiKeyPage } from "../../views/keys/retire.tsx";
import { findAskedProof, reauthenticate } from "../account/reauthentication.ts";
import { framePage, type PageDeps, respondWithForm, seeOther } from "../frame.ts";
import { onlyCode } from "../only-code.ts";
import { getKeyOfPath } from "./key-of-path.ts";

/** The question whether to retire a key, and its answer. */
export function retireApiKeyPages(deps: PageDeps): PageRoute[] {
  const path = "/admin/apiKeys/:id/retire";
  return [
    rolePage("GET", path, "change keys", async (call) => {
      const apiKey = await getKeyOfPath(deps, call, call.params.id);
      if (apiKey.state === "retired") return seeOther(`/admin/apiKeys/${apiKey.id}`);
      return showForm(deps, call, { apiKey, reason: "" });
    }),
    rolePage("POST", path, "change keys", (call) => retire(deps, call, call.params.id)),
  ];
}

async function retire(deps: PageDeps, call: RoleCall<"change keys">, id: string): Promise<Response> {
  const { request, actor } = call;
  const fields = await readForm(request);
  const apiKey = await getKeyOfPath(deps, call, id);
  const reason = fieldOf(fields, "reason");
  const proofProblems = await reauthenticate(deps, call, fields);
  if (proofProblems) return showForm(deps, call, { apiKey, reason }, proofProblems);
  const now = getContext(request).receivedAt;
  const retired = await retireApiKey(deps.db, { id: apiKey.id, reason, actor, now }).catch(onlyCode("invalid"));
  if (retired instanceof DomainError) return showForm(deps, call, { apiKey, reason }, retired.fields);
  return seeOther(`/admin/apiKeys?retired=${apiKey.id}`);
}

async function showForm(
  deps: PageDeps,
  { request }: RoleCall<"change keys">,
  { apiKey, reason }: { apiKey: ApiKey; reason: string },
  problems: FieldProblems = {},
): Promise<Response> {
  const today = localDate(getContext(request).receivedAt, deps.rules.zone);
  const calls = await listDailyCalls(deps.db, { apiKeys: [apiKey], today });
  const markup = retireApiKeyPage({
    page: framePage(deps, request),
    apiKey,
    reason,
    calls: calls.get(apiKey.id) ?? [],
    proof: await findAskedProof(deps, request),
    problems,
  });
  return respondWithForm(markup, problems);
}
