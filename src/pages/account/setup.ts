/** Creating the first admin behind a one-time link: `/setup`. */
import { createFirstAdmin, isSetupTokenValid } from "../../domain/access/people/setup.ts";
import { getContext } from "../../http/context.ts";
import { fieldOf, readForm, readPageQuery, strangersFormBytesMax } from "../../http/page-guard/forms.ts";
import { openPage, type PageRoute } from "../../http/page-guard/routes.ts";
import { DomainError } from "../../lib/errors.ts";
import { Secret } from "../../lib/secrets/secret.ts";
import { setupPage } from "../../views/account/setup.tsx";
import { framePage, type PageDeps, respondWithForm, respondWithHtml, seeOther } from "../frame.ts";
import { onlyCode } from "../only-code.ts";
import { startNewSession } from "./sign-in.ts";

/** The page behind the link that the server prints while nobody is an admin. */
export function setupPages(deps: PageDeps): PageRoute[] {
  return [
    openPage("GET", "/setup", ({ request }) => showSetup(deps, request)),
    openPage("POST", "/setup", ({ request }) => setUp(deps, request)),
  ];
}

async function showSetup(deps: PageDeps, request: Request): Promise<Response> {
  const token = readPageQuery(request).get("token") ?? "";
  const now = getContext(request).receivedAt;
  if (!(await isSetupTokenValid(deps.db, { token: new Secret(token), now }))) {
    throw new DomainError("not_found", "This link has expired or was already used.");
  }
  return respondWithHtml(setupPage({ page: framePage(deps, request), token, email: "", problems: {} }));
}

async function setUp(deps: PageDeps, request: Request): Promise<Response> {
  const form = await readForm(request, strangersFormBytesMax);
  const token = fieldOf(form, "token");
  const email = fieldOf(form, "email");
  const { address, receivedAt } = getContext(request);
  const person = await createFirstAdmin(deps.db, {
    token: new Secret(token),
    email,
    password: new Secret(fieldOf(form, "password")),
    address: address?.text ?? null,
    now: receivedAt,
  }).catch(onlyCode("invalid"));
  if (person instanceof DomainError) {
    const problems = person.fields;
    const page = framePage(deps, request);
    return respondWithForm(setupPage({ page, token, email, problems }), problems);
  }
  const signedIn = await startNewSession(deps, request, { person, method: "password", next: "/admin/apiKeys" });
  return signedIn ?? seeOther("/login");
}
