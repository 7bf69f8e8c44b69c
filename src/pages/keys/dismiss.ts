/** The page that dismisses a suggestion about a key. */

import type { ApiKey } from "../../domain/access/keys/find.ts";
import { dismissSuggestion } from "../../domain/access/suggestions/dismiss.ts";
import { listSuggestions } from "../../domain/access/suggestions/list.ts";
import type { Suggestion } from "../../domain/access/suggestions/rules.ts";
import { fieldOf, readForm } from "../../http/page-guard/forms.ts";
import { type OpenCall, type PageRoute, type RoleCall, rolePage } from "../../http/page-guard/routes.ts";
import { DomainError } from "../../lib/errors.ts";
import { dismissSuggestionPage } from "../../views/keys/dismiss.tsx";
import { keyHref } from "../../views/parts/hrefs.ts";
import { framePage, onlyCode, type PageDeps, respondWithForm, seeOther } from "../frame.ts";
import { getKeyOfPath } from "./key-of-path.ts";

/** The form that dismisses a suggestion, and its answer: the key's page, without it. */
export function dismissSuggestionPages(deps: PageDeps): PageRoute[] {
  const path = "/admin/apiKeys/:id/dismiss";
  return [
    rolePage("GET", path, "change keys", async (call) => {
      const apiKey = await getKeyOfPath(deps, call, call.params.id);
      const suggestion = await findSuggested(deps, call, apiKey, call.query);
      if (suggestion === undefined) return seeOther(keyHref(apiKey.id));
      const page = framePage(deps, call.request);
      return respondWithForm(dismissSuggestionPage({ page, apiKey, suggestion, note: "", problems: {} }), {});
    }),
    rolePage("POST", path, "change keys", (call) => dismiss(deps, call, call.params.id)),
  ];
}

/** What is suggested about a key now, under the name in `suggestion`. */
export async function findSuggested(
  { db, rules }: PageDeps,
  { now }: OpenCall,
  apiKey: ApiKey,
  fields: URLSearchParams,
): Promise<Suggestion | undefined> {
  const wanted = fields.get("suggestion");
  if (wanted === null) return undefined;
  const found = await listSuggestions(db, { apiKeys: [apiKey], zone: rules.zone, now });
  return found.get(apiKey.id)?.find(({ kind }) => kind === wanted);
}

async function dismiss(deps: PageDeps, call: RoleCall<"change keys">, id: string): Promise<Response> {
  const { request, now, actor } = call;
  const fields = await readForm(request);
  const apiKey = await getKeyOfPath(deps, call, id);
  const suggestion = await findSuggested(deps, call, apiKey, fields);
  const done = () => seeOther(keyHref(apiKey.id));
  if (suggestion === undefined) return done();
  const note = fieldOf(fields, "note");
  const asked = { id: apiKey.id, suggestion: suggestion.kind, note, actor, now };
  const failed = await dismissSuggestion(deps.db, asked).catch(onlyCode("invalid"));
  if (!(failed instanceof DomainError)) return done();
  const page = framePage(deps, request);
  const problems = failed.fields;
  return respondWithForm(dismissSuggestionPage({ page, apiKey, suggestion, note, problems }), problems);
}
