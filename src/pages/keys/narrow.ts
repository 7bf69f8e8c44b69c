import type { ApiKey } from "../../domain/access/keys/find.ts";
import { findNarrowingObstacle, narrowApiKey, reviewNarrowing } from "../../domain/access/keys/narrow.ts";
import { describeForNarrowing, type NarrowingForm } from "../../domain/access/keys/narrow-form.ts";
import { followSuggestion } from "../../domain/access/suggestions/fill-form.ts";
import { readForm } from "../../http/page-guard/forms.ts";
import { type PageRoute, type RoleCall, rolePage } from "../../http/page-guard/routes.ts";
import { DomainError, type FieldProblems } from "../../lib/errors.ts";
import { narrowApiKeyPage } from "../../views/keys/narrow.tsx";
import { reviewPage } from "../../views/keys/review.tsx";
import { keyHref } from "../../views/parts/hrefs.ts";
import { framePage, onlyCode, type PageDeps, respondWithForm, respondWithHtml, seeOther } from "../frame.ts";
import { findSuggested } from "./dismiss.ts";
import { grantedSlugs, readApiKeyForm } from "./form.ts";
import { getKeyOfPath } from "./key-of-path.ts";
import { offerQuestions } from "./questions.ts";

/** The form that edits or restricts a key, and its answer. */
export function narrowApiKeyPages(deps: PageDeps): PageRoute[] {
  const path = "/admin/apiKeys/:id/narrow";
  return [
    rolePage("GET", path, "change keys", async (call) => {
      const apiKey = await getKeyOfPath(deps, call, call.params.id);
      const suggestion = await findSuggested(deps, call, apiKey, call.query);
      const asItIs = openQuestions(describeForNarrowing(apiKey, deps.rules.zone), call.query.get("choose"));
      return showForm(deps, call.request, apiKey, followSuggestion(asItIs, suggestion));
    }),
    rolePage("POST", path, "change keys", (call) => narrow(deps, call, call.params.id)),
  ];
}

/** The form with the questions opened of the program that the address names. */
function openQuestions(form: NarrowingForm, slug: string | null): NarrowingForm {
  const questions = form.questions?.map((one) =>
    one.slug === slug && one.mode === "all" ? { ...one, mode: "except" } : one,
  );
  return { ...form, ...(questions && { questions }) };
}

async function narrow(deps: PageDeps, call: RoleCall<"change keys">, id: string): Promise<Response> {
  const { request, now, actor } = call;
  const fields = await readForm(request);
  const form = readApiKeyForm(fields);
  const apiKey = await getKeyOfPath(deps, call, id);
  if (fields.has("edit")) return showForm(deps, request, apiKey, form);
  const { zone } = deps.rules;
  if (form.formToken !== "") {
    const review = await reviewNarrowing(deps.db, { apiKey, form, zone, now }).catch(onlyCode("invalid"));
    if (review instanceof DomainError) return showForm(deps, request, apiKey, form, review.fields);
    fields.delete("formToken");
    if (review)
      return respondWithHtml(reviewPage({ page: framePage(deps, request), apiKey, review, fields: [...fields] }));
  }
  const narrowed = await narrowApiKey(deps.db, { id: apiKey.id, form, zone, actor, now }).catch(onlyCode("invalid"));
  if (narrowed instanceof DomainError) return showForm(deps, request, apiKey, form, narrowed.fields);
  const [before, after] = [apiKey, narrowed].map((key) => describeForNarrowing(key, zone));
  const outcome = Bun.deepEquals(before, after) ? "unchanged" : "saved";
  return seeOther(keyHref(apiKey.id, { narrowed: outcome }));
}

async function showForm(
  deps: PageDeps,
  request: Request,
  apiKey: ApiKey,
  form: NarrowingForm,
  problems: FieldProblems = {},
): Promise<Response> {
  const obstacle = findNarrowingObstacle(apiKey);
  if (obstacle !== undefined) throw new DomainError("conflict", obstacle);
  const page = framePage(deps, request);
  const offeredQuestions = await offerQuestions(deps.db, form, apiKey.grants);
  const values = { ...form, ...grantedSlugs(form), offeredQuestions };
  return respondWithForm(narrowApiKeyPage({ page, apiKey, values, problems }), problems);
}
