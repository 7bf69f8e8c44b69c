/** Sign-on with OpenID Connect: from `/login` to the provider and back. */
import { createChallenge, takeChallenge } from "../../domain/access/people/challenges.ts";
import type { Person } from "../../domain/access/people/find.ts";
import { renewSession, type Session } from "../../domain/access/people/sessions.ts";
import { recordFailure } from "../../domain/access/people/sign-in.ts";
import { enter } from "../../domain/access/people/sign-on/enter.ts";
import type { SignOnQuestion } from "../../domain/access/people/sign-on/provider.ts";
import { tooManyPages } from "../../http/api-guard/rate-limit.ts";
import { getContext } from "../../http/context.ts";
import { fieldOf } from "../../http/page-guard/forms.ts";
import { readNextPage, readSession } from "../../http/page-guard/require-session.ts";
import { type OpenCall, openPage, type PageRoute } from "../../http/page-guard/routes.ts";
import { DomainError, type ErrorCode } from "../../lib/errors.ts";
import { fingerprint } from "../../lib/secrets/derived-keys.ts";
import { confirmedPage, type SignOnPageProblem, signOnProblemPage } from "../../views/account/sign-on.tsx";
import { framePage, type PageDeps, respondWithHtml, seeOther } from "../frame.ts";
import { addressOf, loggedFailure, type SignOnDeps, withProvider } from "./provider.ts";
import { startNewSession } from "./sign-in.ts";

/** The pages of sign-on. They are not found where no provider is configured. */
export function signOnPages(deps: PageDeps): PageRoute[] {
  return [
    openPage("GET", "/login/sign-on", (call) => begin(withProvider(deps), call)),
    openPage("GET", "/login/reauthenticate", ({ request }) => confirm(withProvider(deps), request)),
    openPage("GET", "/login/callback", (call) => finish(withProvider(deps), call)),
  ];
}

/** What is remembered until the browser comes back from the provider. */
interface Asked extends SignOnQuestion {
  readonly askedAt: string;
  readonly next: string;
  /** The session of somebody who signs on again, to confirm who is signed in. */
  readonly sessionId: number | null;
}

/** How long somebody may take at the provider. */
const minutesMax = 10;

async function begin(deps: SignOnDeps, { request, query }: OpenCall): Promise<Response> {
  const next = readNextPage(query.get("next"));
  if (await readSession(deps, request)) return seeOther(next);
  return ask(deps, request, { next, session: undefined });
}

/** Lets somebody who is signed in by sign-on show again who they are. */
async function confirm(deps: SignOnDeps, request: Request): Promise<Response> {
  const session = await readSession(deps, request);
  if (session?.method !== "sign_on") return seeOther("/login");
  return ask(deps, request, { next: "", session });
}

/** Sends the browser to the provider, with a cookie that its answer needs. */
async function ask(
  deps: SignOnDeps,
  request: Request,
  { next, session }: { next: string; session: Session | undefined },
): Promise<Response> {
  const { db, signOn, signOnCookie } = deps;
  const { address, receivedAt: now, setCookies } = getContext(request);
  const exceeded = deps.limits.countAnonymous(address);
  if (exceeded) throw tooManyPages(getContext(request), exceeded);
  const isFresh = session !== undefined;
  const asked = await signOn
    .ask({ redirectUri: addressOf(deps, "/login/callback"), isFresh, now })
    .catch(loggedFailure(deps, request));
  if (asked instanceof DomainError) return fail(deps, request, asked);
  const details: Asked = { ...asked.question, askedAt: now.toISOString(), next, sessionId: session?.id ?? null };
  const personId = session?.person.id ?? null;
  setCookies.push(
    signOnCookie.write(await createChallenge(db, { purpose: "sign_on", personId, details, minutes: minutesMax, now })),
  );
  return seeOther(asked.url);
}

async function finish(deps: SignOnDeps, { request, query, now }: OpenCall): Promise<Response> {
  const { db, signOn, signOnCookie, fingerprintKey } = deps;
  const context = getContext(request);
  const { address, isHead, setCookies } = context;
  if (isHead) return seeOther("/login");
  const challenge = await takeChallenge(db, { purpose: "sign_on", token: signOnCookie.read(request), now });
  setCookies.push(signOnCookie.clear());
  const asked = challenge?.details as Asked | undefined;
  if (asked === undefined || fieldOf(query, "state") !== asked.state) {
    // Back and Reload lead here, too.
    const isSignedIn = (await readSession(deps, request)) !== undefined;
    return isSignedIn ? seeOther("/admin/apiKeys") : tell(deps, request, "sign_on_expired");
  }
  const { sessionId } = asked;
  const callbackUrl = new URL(`${addressOf(deps, "/login/callback")}?${query}`);
  const freshSince = sessionId === null ? undefined : new Date(asked.askedAt);
  const identity = await signOn
    .read({ callbackUrl, question: asked, freshSince, now })
    .catch(loggedFailure(deps, request));
  if (identity instanceof DomainError) return fail(deps, request, identity);
  const from = { address: address?.text ?? null, fingerprintKey, now };
  const entered = await enter(db, { identity, groups: signOn.groups, ...from });
  if (entered.problem !== undefined) {
    if (entered.account === undefined) context.fingerprint = entered.fingerprint;
    return tell(deps, request, entered.problem, entered.account);
  }
  const { person } = entered;
  if (sessionId !== null) return confirmed(deps, request, { person, sessionId });
  const signedIn = await startNewSession(deps, request, { person, method: "sign_on", next: asked.next });
  return signedIn ?? tell(deps, request, "disabled_account", person);
}

/** Ends the confirmation in the window that was opened for it: the form is in another. */
async function confirmed(
  deps: SignOnDeps,
  request: Request,
  { person, sessionId }: { person: Person; sessionId: number },
): Promise<Response> {
  const context = getContext(request);
  const session = await readSession(deps, request);
  if (session?.id !== sessionId || session.person.id !== person.id) {
    return tell(deps, request, "sign_on_of_another", person);
  }
  const token = await renewSession(deps.db, { session, now: context.receivedAt });
  context.signIn = { outcome: "confirmed", account: person };
  context.setCookies.push(deps.cookie.write(token));
  return respondWithHtml(confirmedPage({ page: framePage(deps, request), provider: deps.signOn.name }));
}

const failures: Readonly<Partial<Record<ErrorCode, SignOnPageProblem>>> = {
  conflict: "sign_on_declined",
  forbidden: "sign_on_not_accepted",
};

/** Says what to do when nobody came back from the provider whom we know. An answer that fails a check is audited. */
async function fail(deps: SignOnDeps, request: Request, error: DomainError): Promise<Response> {
  const { db, fingerprintKey } = deps;
  const { address, receivedAt: now } = getContext(request);
  const problem = failures[error.code] ?? "sign_on_unavailable";
  if (problem === "sign_on_not_accepted") {
    const nobody = { account: undefined, fingerprint: fingerprint(fingerprintKey, problem) };
    await recordFailure(db, { address: address?.text ?? null, fingerprintKey, now }, { problem, ...nobody });
  }
  return tell(deps, request, problem);
}

/** 403 unless it says something else. */
const statuses: Readonly<Partial<Record<SignOnPageProblem, number>>> = {
  sign_on_declined: 400,
  sign_on_expired: 400,
  sign_on_unavailable: 503,
};

function tell(deps: SignOnDeps, request: Request, problem: SignOnPageProblem, account?: Person): Response {
  const context = getContext(request);
  context.signIn = { outcome: problem, account };
  const { passwordSignIn, signOn } = deps;
  const page = { page: framePage(deps, request), requestId: context.requestId, provider: signOn.name };
  return respondWithHtml(signOnProblemPage({ ...page, problem, passwordSignIn }), {
    status: statuses[problem] ?? 403,
  });
}
