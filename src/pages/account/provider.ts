/** What the pages of sign-on and sign-out share: the provider, and what to do when it does not work. */
import type { SignOnProvider } from "../../domain/access/people/sign-on/provider.ts";
import { describeError } from "../../http/answers/errors.ts";
import { getContext } from "../../http/context.ts";
import { DomainError } from "../../lib/errors.ts";
import type { PageDeps } from "../frame.ts";

/** What pages need to talk to the provider. */
export interface SignOnDeps extends PageDeps {
  readonly signOn: SignOnProvider;
}

/** Gives the provider to a page. Throws `not_found` where people sign in with passwords only. */
export function withProvider(deps: PageDeps): SignOnDeps {
  const { signOn } = deps;
  if (signOn === undefined) throw new DomainError("not_found", "Page not found.");
  return { ...deps, signOn };
}

/** For `.catch()` of what the provider does: logs why it did not work, and returns it. */
export function loggedFailure({ log }: PageDeps, request: Request): (error: unknown) => DomainError {
  return (error) => {
    if (!(error instanceof DomainError)) throw error;
    const isFault = error.code === "unavailable";
    log[isFault ? "error" : "info"](
      { requestId: getContext(request).requestId, error: describeError(error) },
      "sign-on failed",
    );
    return error;
  };
}

/** The address of a page of ours, to which the provider sends the browser. */
export function addressOf({ baseUrl }: PageDeps, path: string): string {
  return `${baseUrl()}${path}`;
}
