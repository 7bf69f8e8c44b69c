/** Setting up an authenticator app or a passkey. */
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
import { framePage, type PageDeps, respondWithForm, seeOther } from "../frame.ts";
import { onlyCode } from "../only-code.ts";
import { respondWithOptions } from "./passkey.ts";
import { freshPage, nextQuery, respondWithRecoveryCodes } from "./second-factors.ts";

const appPath = `${secondFactorPath}/app` as const;
const passkeyPath = `${secondFactorPath}/passkey` as const;

/** The pages that set up a factor, in a fresh session. */
export function setUpFactorPages(deps: PageDeps): PageRoute[] {
  const toApp = (request: Request) => appPath + nextQuery(request);
  const toPasskey = (request: Request) => passkeyPath + nextQuery(request);
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
  { request, session }: PageCall,
  { sealed, problems = {} }: { sealed?: string; problems?: FieldProblems },
): Promise<Response> {
  const query = nextQuery(request);
  const { person } = session;
  const { app } = await listSecondFactors(deps.db, person.id);
  const setUp = await setUpApp({ key: deps.authenticatorKey, person, ...(sealed !== undefined && { sealed }) });
  const page = framePage(deps, request);
  return respondWithForm(
    setUpAppPage({ page, back: pageAbove(request), setUp, replacesApp: app !== null, query, problems }),
    problems,
  );
}

async function addApp(deps: PageDeps, call: PageCall): Promise<Response> {
  const { request, session, actor } = call;
  const form = await readForm(request);
  const key = deps.authenticatorKey;
  const sealed = fieldOf(form, "setUp");
  const setUp = await setUpApp({ key, person: session.person, sealed });
  const input = { session, actor, key, setUp, code: fieldOf(form, "code"), now: getContext(request).receivedAt };
  const added = await addAuthenticatorApp(deps.db, input).catch(onlyCode("invalid"));
  if (added instanceof DomainError) return showApp(deps, call, { sealed, problems: added.fields });
  return finish(deps, request, added, "app");
}

function showPasskey(
  deps: PageDeps,
  { request }: PageCall,
  { name, problems = {} }: { name?: string; problems?: FieldProblems },
): Response {
  const query = nextQuery(request);
  const suggested = name ?? nameBrowser(request.headers.get("user-agent"));
  const page = framePage(deps, request);
  return respondWithForm(
    setUpPasskeyPage({ page, back: pageAbove(request), name: suggested, query, problems }),
    problems,
  );
}

async function offerNewPasskey(deps: PageDeps, { request, session }: PageCall): Promise<Response> {
  const party = relyingPartyOf(deps.baseUrl());
  const now = getContext(request).receivedAt;
  return respondWithOptions(deps, request, await requestNewPasskey(deps.db, { person: session.person, party, now }));
}

async function addOne(deps: PageDeps, call: PageCall): Promise<Response> {
  const { request, session, actor } = call;
  const form = await readForm(request);
  const { passkeyCookie, baseUrl } = deps;
  const now = getContext(request).receivedAt;
  const text = fieldOf(form, "passkey");
  const answer = { party: relyingPartyOf(baseUrl()), token: passkeyCookie.read(request), text, now };
  const name = fieldOf(form, "name");
  const added = await addPasskey(deps.db, { session, actor, answer, name, now }).catch(onlyCode("invalid"));
  if (added instanceof DomainError) return showPasskey(deps, call, { name, problems: added.fields });
  getContext(request).setCookies.push(passkeyCookie.clear());
  return finish(deps, request, added, "passkey");
}

/** The choice for somebody who must set one up, and for others their account. */
function pageAbove(request: Request): { href: string; name: string } {
  if (getContext(request).lacksSecondFactor === undefined) return { href: "/admin/account", name: "Account" };
  return { href: secondFactorPath + nextQuery(request), name: "Second factor" };
}

/** With the first factor come recovery codes; the others lead back to the account. */
function finish(deps: PageDeps, request: Request, added: AddedFactor, done: "app" | "passkey"): Response {
  const context = getContext(request);
  context.setCookies.push(deps.cookie.write(added.token));
  delete context.lacksSecondFactor;
  const { recoveryCodes: codes } = added;
  if (codes !== undefined) return respondWithRecoveryCodes(deps, request, { codes, replaceOld: false });
  return seeOther(`/admin/account?done=${done}`);
}
