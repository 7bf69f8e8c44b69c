/** Narrowing a key, and editing what is said about it (spec 3, "Narrow"). */
import { Elysia } from "elysia";
import type { Actor } from "../../domain/access/audit/record.ts";
import type { ApiKey } from "../../domain/access/keys/find.ts";
import { findNarrowingObstacle, narrowApiKey } from "../../domain/access/keys/narrow.ts";
import { describeForNarrowing, type NarrowingForm } from "../../domain/access/keys/narrow-form.ts";
import { getContext } from "../../http/context.ts";
import { readForm } from "../../http/page-guard/forms.ts";
import { requireAdmin } from "../../http/page-guard/require-admin.ts";
import { DomainError, type FieldProblems } from "../../lib/errors.ts";
import { narrowApiKeyPage } from "../../views/keys/narrow.tsx";
import { readFieldProblems } from "../field-problems.ts";
import { framePage, type PageDeps, respondWithHtml, seeOther } from "../frame.ts";
import { readApiKeyForm, slugsOf } from "./create.ts";
import { getKeyOfPath } from "./key-of-path.ts";

/** The pages that narrow a key. */
export function narrowApiKeyPages(deps: PageDeps) {
  return new Elysia({ name: "narrow-api-key-pages" })
    .use(requireAdmin(deps))
    .get("/admin/apiKeys/:id/narrow", async ({ request, params }) => {
      const apiKey = await getKeyOfPath(deps, request, params.id);
      const values = describeForNarrowing(apiKey, deps.rules.zone);
      return showForm(deps, { request, apiKey, values, problems: {}, status: 200 });
    })
    .post(
      "/admin/apiKeys/:id/narrow",
      ({ request, params, actor }) => narrow(deps, { request, actor, id: params.id }),
      { parse: "none" },
    );
}

async function narrow(
  deps: PageDeps,
  input: { request: Request; actor: Actor; id: string },
): Promise<Response> {
  const { request, actor, id } = input;
  const form = readApiKeyForm(await readForm(request));
  const apiKey = await getKeyOfPath(deps, request, id);
  try {
    const narrowed = await narrowApiKey(deps.db, {
      id: apiKey.id,
      form,
      zone: deps.rules.zone,
      actor,
      now: getContext(request).receivedAt,
    });
    const [before, after] = [apiKey, narrowed].map((key) =>
      describeForNarrowing(key, deps.rules.zone),
    );
    const outcome = Bun.deepEquals(before, after) ? "unchanged" : "saved";
    return seeOther(`/admin/apiKeys/${apiKey.id}?narrowed=${outcome}`);
  } catch (error) {
    const problems = readFieldProblems(error);
    return showForm(deps, { request, apiKey, values: form, problems, status: 422 });
  }
}

function showForm(
  deps: PageDeps,
  input: {
    request: Request;
    apiKey: ApiKey;
    values: NarrowingForm;
    problems: FieldProblems;
    status: number;
  },
): Response {
  const { request, apiKey, values, problems, status } = input;
  const obstacle = findNarrowingObstacle(apiKey);
  if (obstacle !== undefined) throw new DomainError("conflict", obstacle);
  return respondWithHtml(
    narrowApiKeyPage({
      page: framePage(deps, request),
      apiKey,
      values: { ...values, read: slugsOf(values, "READ"), write: slugsOf(values, "WRITE") },
      problems,
    }),
    { status },
  );
}
