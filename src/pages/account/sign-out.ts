/** Signing out: here, and then at the sign-on provider. */
import type { Session } from "../../domain/access/people/sessions.ts";
import { signOut } from "../../domain/access/people/sign-in.ts";
import { tooManyPages } from "../../http/api-guard/rate-limit.ts";
import { getContext } from "../../http/context.ts";
import { readAnySession } from "../../http/page-guard/require-session.ts";
import { openPage, type PageRoute } from "../../http/page-guard/routes.ts";
import { signedOutPage } from "../../views/account/sign-on.tsx";
import { framePage, type PageDeps, respondWithHtml, seeOther } from "../frame.ts";
import { addressOf, loggedFailure, type SignOnDeps, withProvider } from "./provider.ts";

/** The pages of sign-out; the second is for people who signed in with sign-on. */
export function signOutPages(deps: PageDeps): PageRoute[] {
  return [
    openPage("POST", "/logout", ({ request }) => takeLogout(deps, request)),
    openPage("GET", "/login/signed-out", ({ request }) => leadToProvider(withProvider(deps), request)),
  ];
}

async function takeLogout(deps: PageDeps, request: Request): Promise<Response> {
  const context = getContext(request);
  const session = await readAnySession(deps, request);
  if (session) {
    const { address, receivedAt } = context;
    await signOut(deps.db, { session, address: address?.text ?? null, now: receivedAt });
    context.signIn = { outcome: "signed_out", account: session.person };
  }
  return leaveBrowser(deps, request, session);
}

/** What a browser forgets. It keeps its other cookies, and so stays known as one that has signed in before. */
const clearedSiteData = '"cache", "storage"';

/** The answer once a session has ended: the browser forgets it, and goes to where the person signed in. */
export function leaveBrowser(deps: PageDeps, request: Request, session: Session | undefined): Response {
  getContext(request).setCookies.push(deps.cookie.clear());
  const isSignOn = deps.signOn !== undefined && session?.method === "sign_on";
  return seeOther(isSignOn ? "/login/signed-out" : "/login", { "Clear-Site-Data": clearedSiteData });
}

/**
 * Leads on to the provider's sign-out, with a page of our own: `form-action` keeps the answer to the form of our sign-out
 * from leading there by itself (CSP level 3, section 6.4).
 */
async function leadToProvider(deps: SignOnDeps, request: Request): Promise<Response> {
  const context = getContext(request);
  const exceeded = deps.limits.countAnonymous(context.address);
  if (exceeded) throw tooManyPages(context, exceeded);
  const href = await deps.signOn
    .findSignOutUrl({ returnTo: addressOf(deps, "/login"), now: context.receivedAt })
    .catch(loggedFailure(deps, request));
  if (typeof href !== "string") return seeOther("/login");
  const page = framePage(deps, request);
  return respondWithHtml(signedOutPage({ page, provider: deps.signOn.name }), {
    headers: { Refresh: `0; url=${href}` },
  });
}
