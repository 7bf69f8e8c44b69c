import type { ApiKey } from "../../domain/access/keys/find.ts";
import { dismissSuggestion } from "../../domain/access/suggestions/dismiss.ts";
import { listSuggestions } from "../../domain/access/suggestions/list.ts";
import type { Suggestion } from "../../domain/access/suggestions/rules.ts";
import { fieldOf } from "../../http/page-guard/forms.ts";
import type { OpenCall, PageRoute } from "../../http/page-guard/routes.ts";
import { dismissSuggestionPage } from "../../views/keys/dismiss.tsx";
import { keyHref } from "../../views/parts/hrefs.ts";
import { formPages } from "../form-pages.ts";
import { type PageDeps, seeOther } from "../frame.ts";
import { getKeyOfPath } from "./key-of-path.ts";

/** The form that dismisses a suggestion, and its answer: the key's page, without it. */
export function dismissSuggestionPages(deps: PageDeps): PageRoute[] {
  return formPages(deps, "/admin/apiKeys/:id/dismiss", "change keys", {
    isHarmless: true,
    async open(call, fields) {
      const apiKey = await getKeyOfPath(deps, call, call.params.id);
      const suggestion = await findSuggested(deps, call, apiKey, fields);
      return suggestion === undefined ? seeOther(keyHref(apiKey.id)) : { apiKey, suggestion };
    },
    read: (fields) => ({ note: fieldOf(fields, "note") }),
    draw: (frame, subject, { note }) => dismissSuggestionPage({ ...frame, ...subject, note }),
    async act({ now, actor }, { apiKey: { id }, suggestion }, { note }) {
      await dismissSuggestion(deps.db, { id, suggestion: suggestion.kind, note, actor, now });
      return seeOther(keyHref(id));
    },
  });
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
