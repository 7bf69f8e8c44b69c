/** The page that rotates a key, answered with the successor's credentials. */
import { latestExpiration } from "../../domain/access/keys/fields.ts";
import { type ApiKey, findApiKeyOfForm } from "../../domain/access/keys/find.ts";
import { findRotationObstacle, graces, type RotationForm, rotateApiKey } from "../../domain/access/keys/rotate.ts";
import { fieldOf, readForm } from "../../http/page-guard/forms.ts";
import { type PageRoute, type RoleCall, rolePage } from "../../http/page-guard/routes.ts";
import { DomainError, type FieldProblems } from "../../lib/errors.ts";
import { rotateApiKeyPage } from "../../views/keys/rotate.tsx";
import { keyHref } from "../../views/parts/hrefs.ts";
import { frameForm, reauthenticate } from "../account/reauthentication.ts";
import { onlyCode, type PageDeps, respondWithForm, seeOther } from "../frame.ts";
import { respondWithCredentials } from "./credentials.ts";
import { getKeyOfPath } from "./key-of-path.ts";

type Call = RoleCall<"change keys">;

const usualGrace = "24h";

/** The form that replaces a key, and its answer. */
export function rotateApiKeyPages(deps: PageDeps): PageRoute[] {
  const path = "/admin/apiKeys/:id/rotate";
  return [
    rolePage("GET", path, "change keys", async (call) => {
      const apiKey = await getKeyOfPath(deps, call, call.params.id);
      return showForm(deps, call, apiKey, { expiration: "", grace: usualGrace, formToken: crypto.randomUUID() });
    }),
    rolePage("POST", path, "change keys", (call) => rotate(deps, call, call.params.id)),
  ];
}

async function rotate(deps: PageDeps, call: Call, id: string): Promise<Response> {
  const { request, now, actor } = call;
  const fields = await readForm(request);
  const form = {
    expiration: fieldOf(fields, "expiration"),
    grace: fieldOf(fields, "grace"),
    formToken: fieldOf(fields, "formToken"),
  };
  const apiKey = await getKeyOfPath(deps, call, id);
  const proofProblems = await reauthenticate(deps, call, fields);
  if (proofProblems) return showForm(deps, call, apiKey, form, proofProblems);
  const { rules, salts } = deps;
  const rotated = await rotateApiKey(deps.db, { id: apiKey.id, form, rules, salts, actor, now }).catch(
    onlyCode("invalid", "conflict"),
  );
  if (rotated instanceof DomainError) {
    if (rotated.code === "invalid") return showForm(deps, call, apiKey, form, rotated.fields);
    // The page with the credentials was reloaded, unless another form rotated the key.
    const successor = await findApiKeyOfForm(deps.db, { formToken: form.formToken, actor, now });
    if (successor === undefined) throw rotated;
    return seeOther(keyHref(successor.id, { created: "true" }));
  }
  const { successor, predecessor, credentials } = rotated;
  return respondWithCredentials(deps, request, { apiKey: successor, credentials, predecessor });
}

async function showForm(
  deps: PageDeps,
  { request, now }: Call,
  apiKey: ApiKey,
  values: RotationForm,
  problems: FieldProblems = {},
): Promise<Response> {
  const obstacle = findRotationObstacle(apiKey, deps.rules);
  if (obstacle !== undefined) throw new DomainError("conflict", obstacle);
  const markup = rotateApiKeyPage({
    ...(await frameForm(deps, request, problems)),
    ...{ apiKey, graces, values },
    latestExpiration: latestExpiration(deps.rules, now) ?? null,
  });
  return respondWithForm(markup, problems);
}
