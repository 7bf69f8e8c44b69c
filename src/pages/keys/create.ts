/** The new-key form (spec 3, "New key"). */
import { Elysia } from "elysia";
import type { Session } from "../../domain/access/admins/sessions.ts";
import type { Actor } from "../../domain/access/audit/record.ts";
import type { Permission } from "../../domain/access/grants.ts";
import { createApiKey, type NewApiKeyForm } from "../../domain/access/keys/create.ts";
import { latestExpiration } from "../../domain/access/keys/fields.ts";
import { offerPrograms } from "../../domain/programs/grantable.ts";
import { getContext } from "../../http/context.ts";
import { fieldOf, readForm, readPageQuery } from "../../http/page-guard/forms.ts";
import { requireAdmin } from "../../http/page-guard/require-admin.ts";
import { DomainError, type FieldProblems } from "../../lib/errors.ts";
import { newApiKeyPage } from "../../views/keys/create.tsx";
import { foundProgramsFragment } from "../../views/keys/program-choice.tsx";
import { asksPassword, reauthenticate } from "../account/reauthentication.ts";
import { readFieldProblems } from "../field-problems.ts";
import { framePage, type PageDeps, respondWithHtml, wantsFragment } from "../frame.ts";
import { respondWithCredentials } from "./credentials.ts";

/** The pages that make a key. */
export function newApiKeyPages(deps: PageDeps) {
  return new Elysia({ name: "new-api-key-pages" })
    .use(requireAdmin(deps))
    .get("/admin/apiKeys/new", ({ request, session }) => showNew(deps, { request, session }))
    .post(
      "/admin/apiKeys/new",
      ({ request, session }) => searchPrograms(deps, { request, session }),
      { parse: "none" },
    )
    .post(
      "/admin/apiKeys",
      ({ request, session, actor }) => create(deps, { request, session, actor }),
      {
        parse: "none",
      },
    );
}

/**
 * The empty form, for htmx the programs that it searches for. Nothing else of an address is filled in:
 * no link of a stranger's prepares a key.
 */
async function showNew(
  deps: PageDeps,
  { request, session }: { request: Request; session: Session },
): Promise<Response> {
  const programSearch = readProgramSearch(readPageQuery(request));
  if (!wantsFragment(request)) {
    const fields = new URLSearchParams({ programSearch });
    return showForm(deps, { request, session, fields, problems: {}, status: 200 });
  }
  const offer = await offerPrograms(deps.db, { chosen: [], search: programSearch });
  return respondWithHtml(foundProgramsFragment({ offer, programSearch }));
}

/** The form as it was filled in, with the programs that it searches for: what htmx does without a script. */
async function searchPrograms(
  deps: PageDeps,
  { request, session }: { request: Request; session: Session },
): Promise<Response> {
  const fields = await readForm(request);
  return showForm(deps, { request, session, fields, problems: {}, status: 200 });
}

async function create(
  deps: PageDeps,
  input: { request: Request; session: Session; actor: Actor },
): Promise<Response> {
  const { request, session, actor } = input;
  const fields = await readForm(request);
  const form = readApiKeyForm(fields);
  const refused = await reauthenticate(deps, { request, session, form: fields });
  try {
    if (Object.keys(refused).length > 0) throw new DomainError("invalid", "", { fields: refused });
    const { apiKey, credentials } = await createApiKey(deps.db, {
      form,
      rules: deps.rules,
      salts: deps.salts,
      actor,
      now: getContext(request).receivedAt,
    });
    return respondWithCredentials(deps, request, { apiKey, credentials });
  } catch (error) {
    const problems = readFieldProblems(error);
    return showForm(deps, { request, session, fields, problems, status: 422 });
  }
}

async function showForm(
  deps: PageDeps,
  input: {
    request: Request;
    session: Session;
    fields: URLSearchParams;
    problems: FieldProblems;
    status: number;
  },
): Promise<Response> {
  const { request, session, fields, problems, status } = input;
  const { receivedAt, address } = getContext(request);
  const values = readApiKeyForm(fields);
  const programSearch = readProgramSearch(fields);
  const chosen = values.grants.map(({ slug }) => slug);
  return respondWithHtml(
    newApiKeyPage({
      page: framePage(deps, request),
      values: {
        ...values,
        read: slugsOf(values, "READ"),
        write: slugsOf(values, "WRITE"),
      },
      problems,
      offer: await offerPrograms(deps.db, { chosen, search: programSearch }),
      programSearch,
      currentSubnet: address ? `${address.text}/${address.family === 4 ? 32 : 128}` : null,
      latestExpiration: latestExpiration(deps.rules, receivedAt) ?? null,
      asksPassword: asksPassword(deps, request, session),
      formToken: values.formToken || crypto.randomUUID(),
    }),
    { status },
  );
}

function readProgramSearch(fields: URLSearchParams): string {
  return fieldOf(fields, "programSearch").trim().slice(0, 200);
}

/** The slugs of the programs that a form grants a permission on. */
export function slugsOf(form: Pick<NewApiKeyForm, "grants">, permission: Permission): Set<string> {
  return new Set(
    form.grants.filter((grant) => grant.permission === permission).map(({ slug }) => slug),
  );
}

/** CiviForm's field names: `grant-program-read[<slug>]` and `grant-program-write[<slug>]`, any value. */
const grantField = /^grant-program-(read|write)\[([^\]]*)\]$/;
const permissions: Readonly<Record<string, Permission>> = { read: "READ", write: "WRITE" };

/** Reads the fields of the new-key form; narrowing has the same. */
export function readApiKeyForm(fields: URLSearchParams): NewApiKeyForm {
  const grants = [...fields.keys()].flatMap((name) => {
    const [, verb = "", slug = ""] = grantField.exec(name) ?? [];
    const permission = permissions[verb];
    return permission === undefined ? [] : [{ slug, permission }];
  });
  return {
    keyName: fieldOf(fields, "keyName"),
    expiration: fieldOf(fields, "expiration"),
    subnet: fieldOf(fields, "subnet"),
    contactEmail: fieldOf(fields, "contactEmail"),
    note: fieldOf(fields, "note"),
    grants,
    formToken: fieldOf(fields, "formToken"),
  };
}
