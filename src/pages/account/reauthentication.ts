/** Asks for the password again before a sensitive action in an older session (ASVS 7.5.3). */
import { needsReauthentication, renewSession, type Session } from "../../domain/access/people/sessions.ts";
import { getContext } from "../../http/context.ts";
import { fieldOf } from "../../http/page-guard/forms.ts";
import type { PageCall } from "../../http/page-guard/routes.ts";
import type { FieldProblems } from "../../lib/errors.ts";
import { Secret } from "../../lib/secrets/secret.ts";
import type { PageDeps } from "../frame.ts";
import { checkPassword } from "./sign-in.ts";

/** Whether the form must have a field for the password. */
export function asksPassword(deps: PageDeps, request: Request, session: Session): boolean {
  const now = getContext(request).receivedAt;
  return needsReauthentication(session, { policy: deps.sessionPolicy, now });
}

/**
 * Checks `currentPassword` when the session is too old, and gives the session a new token. Returns the
 * problems of that field, or undefined when there are none. Throws `too_many` as a sign-in does.
 */
export async function reauthenticate(
  deps: PageDeps,
  { request, session }: PageCall,
  fields: URLSearchParams,
): Promise<FieldProblems | undefined> {
  if (!asksPassword(deps, request, session)) return undefined;
  const password = fieldOf(fields, "currentPassword");
  if (password === "") return { currentPassword: ["Enter your password."] };
  if (!(await isOwnPassword(deps, { request, session }, password))) {
    return { currentPassword: ["Incorrect password."] };
  }
  const { receivedAt, setCookies } = getContext(request);
  setCookies.push(deps.cookie.write(await renewSession(deps.db, { session, now: receivedAt })));
  return undefined;
}

/** Whether this is the signed-in person's password. Throws `too_many` as a sign-in does. */
export async function isOwnPassword(
  deps: PageDeps,
  { request, session }: Pick<PageCall, "request" | "session">,
  password: string,
): Promise<boolean> {
  const person = await checkPassword(deps, request, {
    email: session.person.email,
    password: new Secret(password),
    session,
  });
  return person?.id === session.person.id;
}
