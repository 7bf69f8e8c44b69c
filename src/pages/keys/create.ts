/** The page that creates a key. */
import { createApiKey } from "../../domain/access/keys/create.ts";
import { latestExpiration } from "../../domain/access/keys/fields.ts";
import { offerPrograms } from "../../domain/programs/grantable.ts";
import { getContext } from "../../http/context.ts";
import { readForm, readPageQuery, searchOf } from "../../http/page-guard/forms.ts";
import { type PageRoute, type RoleCall, rolePage } from "../../http/page-guard/routes.ts";
import { DomainError, type FieldProblems } from "../../lib/errors.ts";
import { newApiKeyPage } from "../../views/keys/create.tsx";
import { foundProgramsFragment } from "../../views/keys/program-choice.tsx";
import { findAskedProof, reauthenticate } from "../account/reauthentication.ts";
import { framePage, type PageDeps, respondWithForm, respondWithHtml, wantsFragment } from "../frame.ts";
import { onlyCode } from "../only-code.ts";
import { respondWithCredentials } from "./credentials.ts";
import { grantedSlugs, readApiKeyForm } from "./form.ts";

/** The new-key form and its answers. */
export function newApiKeyPages(deps: PageDeps): PageRoute[] {
  return [
    rolePage("GET", "/admin/apiKeys/new", "change keys", (call) => showNew(deps, call)),
    rolePage("POST", "/admin/apiKeys/new", "change keys", (call) => searchPrograms(deps, call)),
    rolePage("POST", "/admin/apiKeys", "change keys", (call) => create(deps, call)),
  ];
}

/**
 * The empty form, or for htmx the programs that a search finds. Nothing else is taken from the address,
 * so that a stranger's link cannot prepare a key.
 */
async function showNew(deps: PageDeps, call: RoleCall<"change keys">): Promise<Response> {
  const programSearch = readProgramSearch(readPageQuery(call.request));
  if (!wantsFragment(call.request)) {
    return showForm(deps, call, new URLSearchParams({ programSearch }));
  }
  const offer = await offerPrograms(deps.db, { chosen: [], search: programSearch });
  return respondWithHtml(foundProgramsFragment({ offer, programSearch }));
}

/** The program search without scripts: the form as it was filled in, with the programs found. */
async function searchPrograms(deps: PageDeps, call: RoleCall<"change keys">): Promise<Response> {
  return showForm(deps, call, await readForm(call.request));
}

async function create(deps: PageDeps, call: RoleCall<"change keys">): Promise<Response> {
  const { request, actor } = call;
  const fields = await readForm(request);
  const proofProblems = await reauthenticate(deps, call, fields);
  if (proofProblems) return showForm(deps, call, fields, proofProblems);
  const created = await createApiKey(deps.db, {
    form: readApiKeyForm(fields),
    rules: deps.rules,
    salts: deps.salts,
    actor,
    now: getContext(request).receivedAt,
  }).catch(onlyCode("invalid"));
  if (created instanceof DomainError) return showForm(deps, call, fields, created.fields);
  return respondWithCredentials(deps, request, created);
}

async function showForm(
  deps: PageDeps,
  { request }: RoleCall<"change keys">,
  fields: URLSearchParams,
  problems: FieldProblems = {},
): Promise<Response> {
  const { receivedAt, address } = getContext(request);
  const form = readApiKeyForm(fields);
  const programSearch = readProgramSearch(fields);
  const chosen = form.grants.map(({ slug }) => slug);
  const markup = newApiKeyPage({
    page: framePage(deps, request),
    values: { ...form, ...grantedSlugs(form) },
    problems,
    offer: await offerPrograms(deps.db, { chosen, search: programSearch }),
    programSearch,
    currentSubnet: address ? `${address.text}/${address.family === 4 ? 32 : 128}` : null,
    latestExpiration: latestExpiration(deps.rules, receivedAt) ?? null,
    proof: await findAskedProof(deps, request),
    formToken: form.formToken || crypto.randomUUID(),
  });
  return respondWithForm(markup, problems);
}

function readProgramSearch(fields: URLSearchParams): string {
  return searchOf(fields, "programSearch");
}
