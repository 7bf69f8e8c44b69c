/** What one-time links lead to: an invitation's password, and a sign-in for when nothing else works. */
import { acceptInvitation } from "../../domain/access/people/accept-invitation.ts";
import { findLink, type LinkPurpose, takeLink } from "../../domain/access/people/links.ts";
import { getContext } from "../../http/context.ts";
import { fieldOf, readForm, readPageQuery, strangersFormBytesMax } from "../../http/page-guard/forms.ts";
import { openPage, type PageRoute } from "../../http/page-guard/routes.ts";
import { DomainError } from "../../lib/errors.ts";
import { Secret } from "../../lib/secrets/secret.ts";
import { endedLinkPage, invitationPage, signInLinkPage } from "../../views/account/links.tsx";
import { framePage, type PageDeps, respondWithForm, respondWithHtml, seeOther } from "../frame.ts";
import { onlyCode } from "../only-code.ts";
import { startNewSession } from "./sign-in.ts";

const next = "/admin";

/** The pages of one-time links. To look at one uses nothing up: only its form does. */
export function linkPages(deps: PageDeps): PageRoute[] {
  return [
    openPage("GET", "/invitation", ({ request }) => showLink(deps, request, "invitation")),
    openPage("POST", "/invitation", ({ request }) => accept(deps, request)),
    openPage("GET", "/login/link", ({ request }) => showLink(deps, request, "sign_in")),
    openPage("POST", "/login/link", ({ request }) => signInWithLink(deps, request)),
  ];
}

async function showLink(deps: PageDeps, request: Request, purpose: LinkPurpose): Promise<Response> {
  // Without passwords, an invited person signs on with the provider.
  if (purpose === "invitation" && !deps.passwordSignIn) return seeOther("/login");
  const token = readPageQuery(request).get("token") ?? "";
  const now = getContext(request).receivedAt;
  const person = await findLink(deps.db, { token: new Secret(token), purpose, now });
  if (person === undefined) return refuseLink(deps, request);
  const props = { page: framePage(deps, request), email: person.email, token };
  return respondWithHtml(purpose === "invitation" ? invitationPage({ ...props, problems: {} }) : signInLinkPage(props));
}

async function accept(deps: PageDeps, request: Request): Promise<Response> {
  if (!deps.passwordSignIn) return seeOther("/login");
  const form = await readForm(request, strangersFormBytesMax);
  const { address, receivedAt: now } = getContext(request);
  const token = new Secret(fieldOf(form, "token"));
  const accepted = await acceptInvitation(deps.db, {
    token,
    password: new Secret(fieldOf(form, "password")),
    address: address?.text ?? null,
    now,
  }).catch(onlyCode("invalid"));
  if (accepted instanceof DomainError) {
    const person = await findLink(deps.db, { token, purpose: "invitation", now });
    if (person === undefined) return refuseLink(deps, request);
    const { fields: problems } = accepted;
    const props = { page: framePage(deps, request), email: person.email, token: token.reveal(), problems };
    return respondWithForm(invitationPage(props), problems);
  }
  const signedIn = accepted && (await startNewSession(deps, request, { person: accepted, method: "password", next }));
  return signedIn ?? refuseLink(deps, request);
}

async function signInWithLink(deps: PageDeps, request: Request): Promise<Response> {
  const form = await readForm(request, strangersFormBytesMax);
  const token = new Secret(fieldOf(form, "token"));
  const now = getContext(request).receivedAt;
  const person = await takeLink(deps.db, { token, purpose: "sign_in", now });
  const signedIn = person && (await startNewSession(deps, request, { person, method: "link", next }));
  return signedIn ?? refuseLink(deps, request);
}

function refuseLink(deps: PageDeps, request: Request): Response {
  return respondWithHtml(endedLinkPage({ page: framePage(deps, request) }), { status: 404 });
}
