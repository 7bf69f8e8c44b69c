/** Creating the first admin behind a one-time link: `/setup`. */
import { createFirstAdmin, isSetupTokenValid } from "../../domain/access/people/setup.ts";
import { getContext } from "../../http/context.ts";
import { fieldOf, readForm, strangersFormBytesMax } from "../../http/page-guard/forms.ts";
import { type OpenCall, openPage, type PageRoute } from "../../http/page-guard/routes.ts";
import { DomainError } from "../../lib/errors.ts";
import { Secret } from "../../lib/secrets/secret.ts";
import { setupPage } from "../../views/account/setup.tsx";
import { framePage, onlyCode, type PageDeps, respondWithForm, respondWithHtml, seeOther } from "../frame.ts";
import { startNewSession } from "./sign-in.ts";

/** The page behind the link that the server prints while nobody is an admin. */
export function setupPages(deps: PageDeps): PageRoute[] {
  return [
    openPage("GET", "/setup", (call) => showSetup(deps, call)),
    openPage("POST", "/setup", (call) => setUp(deps, call)),
  ];
}

async function showSetup(deps: PageDeps, { request, query, now }: OpenCall): Promise<Response> {
  const token = fieldOf(query, "token");
  if (!(await isSetupTokenValid(deps.db, { token: new Secret(token), now }))) {
    throw new DomainError("not_found", "This link has expired or was already used.");
  }
  return respondWithHtml(setupPage({ page: framePage(deps, request), token, email: "", problems: {} }));
}

async function setUp(deps: PageDeps, { request, now }: OpenCall): Promise<Response> {
  const form = await readForm(request, strangersFormBytesMax);
  const token = fieldOf(form, "token");
  const email = fieldOf(form, "email");
  const { address } = getContext(request);
  const person = await createFirstAdmin(deps.db, {
    token: new Secret(token),
    email,
    password: new Secret(fieldOf(form, "password")),
    address: address?.text ?? null,
    now,
  }).catch(onlyCode("invalid"));
  if (person instanceof DomainError) {
    const problems = person.fields;
    const page = framePage(deps, request);
    return respondWithForm(setupPage({ page, token, email, problems }), problems);
  }
  const signedIn = await startNewSession(deps, request, { person, method: "password", next: "/admin/apiKeys" });
  return signedIn ?? seeOther("/login");
}
