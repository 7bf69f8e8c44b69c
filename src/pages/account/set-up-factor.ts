import { addAuthenticatorApp, setUpApp } from "../../domain/access/people/factors/authenticator-app.ts";
import type { AddedFactor } from "../../domain/access/people/factors/change.ts";
import { listSecondFactors } from "../../domain/access/people/factors/list.ts";
import { addPasskey, relyingPartyOf, requestNewPasskey } from "../../domain/access/people/factors/passkeys.ts";
import { getContext } from "../../http/context.ts";
import { fieldOf, readForm } from "../../http/page-guard/forms.ts";
import { secondFactorPath } from "../../http/page-guard/require-session.ts";
import type { PageCall, PageRoute } from "../../http/page-guard/routes.ts";
import { DomainError, type FieldProblems } from "../../lib/errors.ts";
import { setUpAppPage } from "../../views/account/set-up-app.tsx";
import { setUpPasskeyPage } from "../../views/account/set-up-passkey.tsx";
import { nameBrowser } from "../../views/parts/browser-name.ts";
import { framePage, onlyCode, type PageDeps, respondWithForm, seeOther } from "../frame.ts";
import { respondWithOptions } from "./passkey.ts";
import { freshPage, nextQuery, respondWithRecoveryCodes } from "./second-factors.ts";

const appPath = `${secondFactorPath}/app` as const;
const passkeyPath = `${secondFactorPath}/passkey` as const;

/** The pages that set up a factor, in a fresh session. */
export function setUpFactorPages(deps: PageDeps): PageRoute[] {
  const toApp = (query: URLSearchParams) => appPath + nextQuery(query);
  const toPasskey = (query: URLSearchParams) => passkeyPath + nextQuery(query);
  return [
    freshPage(deps, "GET", appPath, (call) => showApp(deps, call, {}), toApp),
    freshPage(deps, "POST", appPath, (call) => addApp(deps, call), toApp),
    freshPage(deps, "GET", passkeyPath, (call) => showPasskey(deps, call, {}), toPasskey),
    freshPage(deps, "POST", passkeyPath, (call) => addOne(deps, call), toPasskey),
    freshPage(deps, "POST", `${passkeyPath}/options`, (call) => offerNewPasskey(deps, call)),
  ];
}

async function showApp(
  deps: PageDeps,
  call: PageCall,
  { sealed, problems = {} }: { sealed?: string; problems?: FieldProblems },
): Promise<Response> {
  const { person } = call.session;
  const { app } = await listSecondFactors(deps.db, person.id);
  const setUp = await setUpApp({ key: deps.authenticatorKey, person, ...(sealed !== undefined && { sealed }) });
  const markup = setUpAppPage({ ...frameFactor(deps, call), setUp, replacesApp: app !== null, problems });
  return respondWithForm(markup, problems);
}

async function addApp(deps: PageDeps, call: PageCall): Promise<Response> {
  const { now, session, actor } = call;
  const form = await readForm(call.request);
  const key = deps.authenticatorKey;
  const sealed = fieldOf(form, "setUp");
  const setUp = await setUpApp({ key, person: session.person, sealed });
  const input = { session, actor, key, setUp, code: fieldOf(form, "code"), now };
  const added = await addAuthenticatorApp(deps.db, input).catch(onlyCode("invalid"));
  if (added instanceof DomainError) return showApp(deps, call, { sealed, problems: added.fields });
  return finish(deps, call, added, "app");
}

function showPasskey(
  deps: PageDeps,
  call: PageCall,
  { name, problems = {} }: { name?: string; problems?: FieldProblems },
): Response {
  const suggested = name ?? nameBrowser(call.request.headers.get("user-agent"));
  const markup = setUpPasskeyPage({ ...frameFactor(deps, call), name: suggested, problems });
  return respondWithForm(markup, problems);
}

async function offerNewPasskey(deps: PageDeps, { request, now, session }: PageCall): Promise<Response> {
  const party = relyingPartyOf(deps.baseUrl());
  return respondWithOptions(deps, request, await requestNewPasskey(deps.db, { person: session.person, party, now }));
}

async function addOne(deps: PageDeps, call: PageCall): Promise<Response> {
  const { request, now, session, actor } = call;
  const form = await readForm(request);
  const { passkeyCookie, baseUrl } = deps;
  const text = fieldOf(form, "passkey");
  const answer = { party: relyingPartyOf(baseUrl()), token: passkeyCookie.read(request), text, now };
  const name = fieldOf(form, "name");
  const added = await addPasskey(deps.db, { session, actor, answer, name, now }).catch(onlyCode("invalid"));
  if (added instanceof DomainError) return showPasskey(deps, call, { name, problems: added.fields });
  getContext(request).setCookies.push(passkeyCookie.clear());
  return finish(deps, call, added, "passkey");
}

/** What both pages show. Above them is the choice for somebody who must set one up, and for others their account. */
function frameFactor(deps: PageDeps, call: PageCall) {
  const query = nextQuery(call.query);
  const back =
    getContext(call.request).lacksSecondFactor === undefined
      ? { href: "/admin/account", name: "Account" }
      : { href: secondFactorPath + query, name: "Second factor" };
  return { page: framePage(deps, call.request), back, query };
}

/** With the first factor come recovery codes; the others lead back to the account. */
function finish(deps: PageDeps, call: PageCall, added: AddedFactor, done: "app" | "passkey"): Response {
  const context = getContext(call.request);
  context.setCookies.push(deps.cookie.write(added.token));
  delete context.lacksSecondFactor;
  const { recoveryCodes: codes } = added;
  if (codes !== undefined) return respondWithRecoveryCodes(deps, call, { codes, replaceOld: false });
  return seeOther(`/admin/account?done=${done}`);
}
