/** What one-time links lead to: an invitation's password, and a sign-in for when nothing else works. */
import { acceptInvitation } from "../../domain/access/people/accept-invitation.ts";
import { findLink, type LinkPurpose, takeLink } from "../../domain/access/people/links.ts";
import { getContext } from "../../http/context.ts";
import { fieldOf, readForm, strangersFormBytesMax } from "../../http/page-guard/forms.ts";
import { type OpenCall, openPage, type PageRoute } from "../../http/page-guard/routes.ts";
import { DomainError } from "../../lib/errors.ts";
import { Secret } from "../../lib/secrets/secret.ts";
import { endedLinkPage, invitationPage, signInLinkPage } from "../../views/account/links.tsx";
import { framePage, onlyCode, type PageDeps, respondWithForm, respondWithHtml, seeOther } from "../frame.ts";
import { startNewSession } from "./sign-in.ts";

const next = "/admin";

/** The pages of one-time links. To look at one uses nothing up: only its form does. */
export function linkPages(deps: PageDeps): PageRoute[] {
  return [
    openPage("GET", "/invitation", (call) => showLink(deps, call, "invitation")),
    openPage("POST", "/invitation", (call) => accept(deps, call)),
    openPage("GET", "/login/link", (call) => showLink(deps, call, "sign_in")),
    openPage("POST", "/login/link", (call) => signInWithLink(deps, call)),
  ];
}

async function showLink(deps: PageDeps, { request, query, now }: OpenCall, purpose: LinkPurpose): Promise<Response> {
  // Without passwords, an invited person signs on with the provider.
  if (purpose === "invitation" && !deps.passwordSignIn) return seeOther("/login");
  const token = fieldOf(query, "token");
  const person = await findLink(deps.db, { token: new Secret(token), purpose, now });
  if (person === undefined) return refuseLink(deps, request);
  const props = { page: framePage(deps, request), email: person.email, token };
  return respondWithHtml(purpose === "invitation" ? invitationPage({ ...props, problems: {} }) : signInLinkPage(props));
}

async function accept(deps: PageDeps, { request, now }: OpenCall): Promise<Response> {
  if (!deps.passwordSignIn) return seeOther("/login");
  const form = await readForm(request, strangersFormBytesMax);
  const { address } = getContext(request);
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

async function signInWithLink(deps: PageDeps, { request, now }: OpenCall): Promise<Response> {
  const form = await readForm(request, strangersFormBytesMax);
  const token = new Secret(fieldOf(form, "token"));
  const person = await takeLink(deps.db, { token, purpose: "sign_in", now });
  const signedIn = person && (await startNewSession(deps, request, { person, method: "link", next }));
  return signedIn ?? refuseLink(deps, request);
}

function refuseLink(deps: PageDeps, request: Request): Response {
  return respondWithHtml(endedLinkPage({ page: framePage(deps, request) }), { status: 404 });
}
