/** Sensitive acts with an older session ask for the password again (spec 3; ASVS 7.5.3). */

import {
  markAuthenticated,
  needsReauthentication,
  type Session,
} from "../../domain/access/admins/sessions.ts";
import { getContext } from "../../http/context.ts";
import { fieldOf } from "../../http/page-guard/forms.ts";
import type { FieldProblems } from "../../lib/errors.ts";
import { Secret } from "../../lib/secrets/secret.ts";
import type { PageDeps } from "../frame.ts";
import { checkPassword } from "./sign-in.ts";

/** Tells whether the form must have a field for the password. */
export function asksPassword(deps: PageDeps, request: Request, session: Session): boolean {
  const now = getContext(request).receivedAt;
  return needsReauthentication(session, { policy: deps.sessionPolicy, now });
}

/**
 * Checks `currentPassword` where the session is too old, and notes it on the session. The problems of
 * that field, none when all is well. Throws `too_many` like a sign-in.
 */
export async function reauthenticate(
  deps: PageDeps,
  input: { request: Request; session: Session; form: URLSearchParams },
): Promise<FieldProblems> {
  const { request, session, form } = input;
  if (!asksPassword(deps, request, session)) return {};
  const given = fieldOf(form, "currentPassword");
  if (given === "") return { currentPassword: ["Enter your password to go on."] };
  const { email } = session.admin;
  const admin = await checkPassword(deps, request, {
    email,
    password: new Secret(given),
    sessionId: session.id,
  });
  if (admin?.id !== session.admin.id) return { currentPassword: ["Password is wrong."] };
  await markAuthenticated(deps.db, { session, now: getContext(request).receivedAt });
  return {};
}
