import { removeAuthenticatorApp } from "../../domain/access/people/factors/authenticator-app.ts";
import { renewRecoveryCodes } from "../../domain/access/people/factors/change.ts";
import { removePasskey } from "../../domain/access/people/factors/passkeys.ts";
import { getContext } from "../../http/context.ts";
import { readForm } from "../../http/page-guard/forms.ts";
import { readNextPage, secondFactorPath } from "../../http/page-guard/require-session.ts";
import { ownPage, type PageCall, type PageRoute } from "../../http/page-guard/routes.ts";
import { DomainError, type FieldProblems } from "../../lib/errors.ts";
import type { Secret } from "../../lib/secrets/secret.ts";
import { confirmPage } from "../../views/account/confirm.tsx";
import { recoveryCodesPage } from "../../views/account/recovery-codes.tsx";
import { chooseFactorPage } from "../../views/account/second-factors.tsx";
import { framePage, type PageDeps, readId, respondWithForm, respondWithHtml, seeOther } from "../frame.ts";
import { findAskedProof, reauthenticate } from "./reauthentication.ts";

const confirmPath = `${secondFactorPath}/confirm` as const;

/** The pages that lead to a factor or away from one. They are open to somebody who has to set one up first. */
export function secondFactorPages(deps: PageDeps): PageRoute[] {
  return [
    ownPage("GET", secondFactorPath, (call) => showChoice(deps, call)),
    ownPage("GET", confirmPath, (call) => showConfirm(deps, call)),
    ownPage("POST", confirmPath, (call) => confirm(deps, call)),
    freshPage(deps, "POST", `${secondFactorPath}/recoveryCodes`, (call) => giveRecoveryCodes(deps, call)),
    freshPage(deps, "POST", `${secondFactorPath}/app/remove`, (call) => removeApp(deps, call)),
    freshPage(deps, "POST", `${secondFactorPath}/passkeys/:id/remove`, (call) => removeOne(deps, call, call.params.id)),
  ];
}

/**
 * A page that shows or changes factors, in a fresh session. Another leads to the question who it is, and then to the
 * page `next`. People who sign in with sign-on have their second factor at the provider.
 */
export function freshPage<const Path extends `/admin/account/${string}`>(
  deps: PageDeps,
  method: PageRoute["method"],
  path: Path,
  handle: Parameters<typeof ownPage<Path>>[2],
  next = (_query: URLSearchParams): string => "/admin/account",
): PageRoute {
  return ownPage(method, path, async (call) => {
    if (call.session.method === "sign_on") {
      throw new DomainError("conflict", "You sign in with sign-on, which takes care of the second factor.");
    }
    const asked = await findAskedProof(deps, call.request);
    return asked === null ? handle(call) : seeOther(`${confirmPath}?next=${encodeURIComponent(next(call.query))}`);
  });
}

/** The page `next` of a query, as the query of another page. */
export function nextQuery(query: URLSearchParams): string {
  const next = query.get("next");
  return next === null ? "" : `?next=${encodeURIComponent(readNextPage(next))}`;
}

function showChoice(deps: PageDeps, { request, query }: PageCall): Response {
  const isRequired = getContext(request).lacksSecondFactor !== undefined;
  const page = framePage(deps, request);
  return respondWithHtml(chooseFactorPage({ page, isRequired, query: nextQuery(query) }));
}

async function showConfirm(
  deps: PageDeps,
  { request, query }: PageCall,
  problems: FieldProblems = {},
): Promise<Response> {
  const next = readNextPage(query.get("next"));
  const proof = await findAskedProof(deps, request);
  if (proof === null) return seeOther(next);
  return respondWithForm(confirmPage({ page: framePage(deps, request), next, proof, problems }), problems);
}

async function confirm(deps: PageDeps, call: PageCall): Promise<Response> {
  const problems = await reauthenticate(deps, call, await readForm(call.request));
  return showConfirm(deps, call, problems);
}

/** Shows recovery codes: the only time. They go on to the page that the person wanted. */
export function respondWithRecoveryCodes(
  deps: PageDeps,
  { request, query }: PageCall,
  { codes, replaceOld }: { codes: readonly Secret[]; replaceOld: boolean },
): Response {
  const next = query.get("next");
  const continueTo = next === null ? "/admin/account" : readNextPage(next);
  return respondWithHtml(recoveryCodesPage({ page: framePage(deps, request), codes, replaceOld, continueTo }), {
    status: 201,
  });
}

async function giveRecoveryCodes(deps: PageDeps, call: PageCall): Promise<Response> {
  const { now, session, actor } = call;
  const codes = await renewRecoveryCodes(deps.db, { session, actor, now });
  return respondWithRecoveryCodes(deps, call, { codes, replaceOld: true });
}

async function removeApp(deps: PageDeps, { now, session, actor }: PageCall): Promise<Response> {
  const { requiresSecondFactor } = deps;
  await removeAuthenticatorApp(deps.db, { session, actor, requiresSecondFactor, now });
  return seeOther("/admin/account?done=app-removed");
}

async function removeOne(deps: PageDeps, { now, session, actor }: PageCall, idText: string): Promise<Response> {
  const id = readId(idText);
  if (id === undefined) throw new DomainError("not_found", "This was already removed.");
  const { requiresSecondFactor } = deps;
  await removePasskey(deps.db, { id, session, actor, requiresSecondFactor, now });
  return seeOther("/admin/account?done=passkey-removed");
}
