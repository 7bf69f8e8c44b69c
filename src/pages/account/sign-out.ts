/** Signing out at the sign-on provider, after signing out here. */
import type { Session } from "../../domain/access/people/sessions.ts";
import { tooManyCallsResponse } from "../../http/api-guard/rate-limit.ts";
import { getContext } from "../../http/context.ts";
import { openPage, type PageRoute } from "../../http/page-guard/routes.ts";
import { signedOutPage } from "../../views/account/sign-on.tsx";
import { framePage, type PageDeps, respondWithHtml, seeOther } from "../frame.ts";
import { addressOf, loggedFailure, type SignOnDeps, withProvider } from "./provider.ts";

/** The page after sign-out for people who signed in with sign-on. */
export function signOutPages(deps: PageDeps): PageRoute[] {
  return [openPage("GET", "/login/signed-out", ({ request }) => leadToProvider(withProvider(deps), request))];
}

/** Where to go after sign-out: to the provider, if that is where the person signed in. */
export function afterSignOut({ signOn }: PageDeps, session: Session | undefined): string {
  return signOn !== undefined && session?.method === "sign_on" ? "/login/signed-out" : "/login";
}

/**
 * Leads on to the provider's sign-out, with a page of our own: `form-action` keeps the answer to the form of our sign-out
 * from leading there by itself (CSP level 3, section 6.4).
 */
async function leadToProvider(deps: SignOnDeps, request: Request): Promise<Response> {
  const context = getContext(request);
  const exceeded = deps.limits.countAnonymous(context.address);
  if (exceeded) return tooManyCallsResponse(context, exceeded);
  const href = await deps.signOn
    .findSignOutUrl({ returnTo: addressOf(deps, "/login"), now: context.receivedAt })
    .catch(loggedFailure(deps, request));
  if (typeof href !== "string") return seeOther("/login");
  const page = framePage(deps, request);
  return respondWithHtml(signedOutPage({ page, provider: deps.signOn.name }), {
    headers: { Refresh: `0; url=${href}` },
  });
}
