/** Rotating a key: the form, and the successor's credentials (spec 3, "Rotate"). */
import { Elysia } from "elysia";
import type { Session } from "../../domain/access/admins/sessions.ts";
import type { Actor } from "../../domain/access/audit/record.ts";
import { latestExpiration } from "../../domain/access/keys/fields.ts";
import type { ApiKey } from "../../domain/access/keys/find.ts";
import {
  findRotationObstacle,
  graces,
  type RotationForm,
  rotateApiKey,
} from "../../domain/access/keys/rotate.ts";
import { getContext } from "../../http/context.ts";
import { fieldOf, readForm } from "../../http/page-guard/forms.ts";
import { requireAdmin } from "../../http/page-guard/require-admin.ts";
import { DomainError, type FieldProblems } from "../../lib/errors.ts";
import { rotateApiKeyPage } from "../../views/keys/rotate.tsx";
import { asksPassword, reauthenticate } from "../account/reauthentication.ts";
import { readFieldProblems } from "../field-problems.ts";
import { framePage, type PageDeps, respondWithHtml } from "../frame.ts";
import { respondWithCredentials } from "./credentials.ts";
import { getKeyOfPath } from "./key-of-path.ts";

/** The pages that rotate a key. */
export function rotateApiKeyPages(deps: PageDeps) {
  return new Elysia({ name: "rotate-api-key-pages" })
    .use(requireAdmin(deps))
    .get("/admin/apiKeys/:id/rotate", async ({ request, params, session }) => {
      const apiKey = await getKeyOfPath(deps, request, params.id);
      const values = { expiration: "", grace: usualGrace };
      return showForm(deps, { request, session, apiKey, values, problems: {}, status: 200 });
    })
    .post(
      "/admin/apiKeys/:id/rotate",
      ({ request, params, session, actor }) =>
        rotate(deps, { request, session, actor, id: params.id }),
      { parse: "none" },
    );
}

const usualGrace = "24h";

async function rotate(
  deps: PageDeps,
  input: { request: Request; session: Session; actor: Actor; id: string },
): Promise<Response> {
  const { request, session, actor } = input;
  const fields = await readForm(request);
  const apiKey = await getKeyOfPath(deps, request, input.id);
  const form = { expiration: fieldOf(fields, "expiration"), grace: fieldOf(fields, "grace") };
  const refused = await reauthenticate(deps, { request, session, form: fields });
  try {
    if (Object.keys(refused).length > 0) throw new DomainError("invalid", "", { fields: refused });
    const { successor, predecessor, credentials } = await rotateApiKey(deps.db, {
      id: apiKey.id,
      form,
      rules: deps.rules,
      salts: deps.salts,
      actor,
      now: getContext(request).receivedAt,
    });
    return respondWithCredentials(deps, request, { apiKey: successor, credentials, predecessor });
  } catch (error) {
    const problems = readFieldProblems(error);
    return showForm(deps, { request, session, apiKey, values: form, problems, status: 422 });
  }
}

function showForm(
  deps: PageDeps,
  input: {
    request: Request;
    session: Session;
    apiKey: ApiKey;
    values: RotationForm;
    problems: FieldProblems;
    status: number;
  },
): Response {
  const { request, session, apiKey, values, problems, status } = input;
  const obstacle = findRotationObstacle(apiKey, deps.rules);
  if (obstacle !== undefined) throw new DomainError("conflict", obstacle);
  return respondWithHtml(
    rotateApiKeyPage({
      page: framePage(deps, request),
      apiKey,
      graces,
      values,
      problems,
      latestExpiration: latestExpiration(deps.rules, getContext(request).receivedAt) ?? null,
      asksPassword: asksPassword(deps, request, session),
    }),
    { status },
  );
}
