/** The page that retires a key. */
import { Elysia } from "elysia";
import type { ApiKey } from "../../domain/access/keys/find.ts";
import { retireApiKey } from "../../domain/access/keys/retire.ts";
import { getContext } from "../../http/context.ts";
import { readForm } from "../../http/page-guard/forms.ts";
import { requireAdmin } from "../../http/page-guard/require-admin.ts";
import type { FieldProblems } from "../../lib/errors.ts";
import { retireApiKeyPage } from "../../views/keys/retire.tsx";
import { asksPassword, reauthenticate } from "../account/reauthentication.ts";
import { type AdminRequest, framePage, type PageDeps, respondWithForm, seeOther } from "../frame.ts";
import { getKeyOfPath } from "./key-of-path.ts";

/** The question whether to retire a key, and its answer. */
export function retireApiKeyPages(deps: PageDeps) {
  return new Elysia({ name: "retire-api-key-pages" })
    .use(requireAdmin(deps))
    .get("/admin/apiKeys/:id/retire", async (admin) => {
      const apiKey = await getKeyOfPath(deps, admin.request, admin.params.id);
      if (apiKey.state === "retired") return seeOther(`/admin/apiKeys/${apiKey.id}`);
      return showForm(deps, admin, apiKey);
    })
    .post("/admin/apiKeys/:id/retire", (admin) => retire(deps, admin, admin.params.id), {
      parse: "none",
    });
}

async function retire(deps: PageDeps, admin: AdminRequest, id: string): Promise<Response> {
  const { request, actor } = admin;
  const fields = await readForm(request);
  const apiKey = await getKeyOfPath(deps, request, id);
  const passwordProblems = await reauthenticate(deps, admin, fields);
  if (passwordProblems) return showForm(deps, admin, apiKey, passwordProblems);
  await retireApiKey(deps.db, { id: apiKey.id, actor, now: getContext(request).receivedAt });
  return seeOther(`/admin/apiKeys?retired=${apiKey.id}`);
}

function showForm(
  deps: PageDeps,
  { request, session }: AdminRequest,
  apiKey: ApiKey,
  problems: FieldProblems = {},
): Response {
  const markup = retireApiKeyPage({
    page: framePage(deps, request),
    apiKey,
    asksPassword: asksPassword(deps, request, session),
    problems,
  });
  return respondWithForm(markup, problems);
}
