/** Passkeys, which show who somebody is by themselves: signing in with one, and whose one is. */
import {
  checkPasskey,
  type PasskeyRequest,
  relyingPartyOf,
  requestPasskey,
} from "../../domain/access/people/factors/passkeys.ts";
import type { Person } from "../../domain/access/people/find.ts";
import type { Session } from "../../domain/access/people/sessions.ts";
import { recordFailure } from "../../domain/access/people/sign-in.ts";
import { tooManyCallsResponse, tooManyPages } from "../../http/api-guard/rate-limit.ts";
import { getContext } from "../../http/context.ts";
import { fieldOf, readForm, strangersFormBytesMax } from "../../http/page-guard/forms.ts";
import { readNextPage } from "../../http/page-guard/require-session.ts";
import { openPage, type PageRoute } from "../../http/page-guard/routes.ts";
import { DomainError } from "../../lib/errors.ts";
import { fingerprint } from "../../lib/secrets/derived-keys.ts";
import { loginPage } from "../../views/account/login.tsx";
import { type PageDeps, respondWithHtml } from "../frame.ts";
import { loginFrame, startNewSession } from "./sign-in.ts";

/** What the script of the sign-in page asks for, and the form that it sends. */
export function passkeyPages(deps: PageDeps): PageRoute[] {
  return [
    openPage("POST", "/login/passkey/options", ({ request }) => offerPasskey(deps, request)),
    openPage("POST", "/login/passkey", ({ request }) => takePasskey(deps, request)),
  ];
}

/** Answers a script with what the browser needs to ask for a passkey. Strangers get only so many. */
async function offerPasskey(deps: PageDeps, request: Request): Promise<Response> {
  const context = getContext(request);
  const exceeded = deps.limits.countAnonymous(context.address);
  if (exceeded) return tooManyCallsResponse(context, exceeded);
  const party = relyingPartyOf(deps.baseUrl());
  return respondWithOptions(deps, request, await requestPasskey(deps.db, { party, now: context.receivedAt }));
}

/** The options for a script, and the cookie with which the answer comes back. */
export function respondWithOptions(deps: PageDeps, request: Request, { options, token }: PasskeyRequest): Response {
  getContext(request).setCookies.push(deps.passkeyCookie.write(token));
  return Response.json(options);
}

async function takePasskey(deps: PageDeps, request: Request): Promise<Response> {
  if (!deps.passwordSignIn) throw new DomainError("forbidden", "You can’t sign in with a passkey here.");
  const context = getContext(request);
  const exceeded = deps.limits.countAnonymous(context.address);
  if (exceeded) throw tooManyPages(context, exceeded);
  const form = await readForm(request, strangersFormBytesMax);
  const next = readNextPage(form.get("next"));
  const person = await readPasskey(deps, request, { text: fieldOf(form, "passkey") });
  const proof = { method: "passkey", secondFactorAt: context.receivedAt, next } as const;
  const signedIn = person && (await startNewSession(deps, request, { person, ...proof }));
  if (signedIn !== undefined) return signedIn;
  const problem = "This passkey doesn’t work here. It may have been removed from your account.";
  return respondWithHtml(loginPage({ ...loginFrame(deps, request), email: "", next, problem }), { status: 401 });
}

/**
 * The person whose passkey a browser has shown; undefined when it is not accepted. The log and the audit trail say why
 * not. `session` is that of somebody who shows it again.
 */
export async function readPasskey(
  deps: PageDeps,
  request: Request,
  { text, session }: { text: string; session?: Session },
): Promise<Person | undefined> {
  const { db, fingerprintKey, passkeyCookie } = deps;
  const context = getContext(request);
  const now = context.receivedAt;
  const answer = { party: relyingPartyOf(deps.baseUrl()), token: passkeyCookie.read(request), text, now };
  context.setCookies.push(passkeyCookie.clear());
  const { person, ...refused } = await checkPasskey(db, answer);
  if (refused.problem === undefined) {
    context.signIn = { outcome: "confirmed", account: person };
    return person;
  }
  context.signIn = { outcome: refused.problem, account: refused.account };
  const unknown = fingerprint(fingerprintKey, "unknown passkey");
  if (refused.account === undefined) context.fingerprint = unknown;
  const from = { address: context.address?.text ?? null, fingerprintKey, now, ...(session && { session }) };
  await recordFailure(db, from, { ...refused, fingerprint: unknown });
  return undefined;
}
