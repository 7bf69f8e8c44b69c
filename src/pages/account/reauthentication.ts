/** Asks people again who they are before a sensitive action in an older session (ASVS 7.5.3). */
import { hasSecondFactor, listSecondFactors } from "../../domain/access/people/factors/list.ts";
import { readPasswordMark } from "../../domain/access/people/find.ts";
import { needsReauthentication, renewSession } from "../../domain/access/people/sessions.ts";
import { getContext } from "../../http/context.ts";
import { fieldOf } from "../../http/page-guard/forms.ts";
import type { PageCall } from "../../http/page-guard/routes.ts";
import type { FieldProblems } from "../../lib/errors.ts";
import { Secret } from "../../lib/secrets/secret.ts";
import { type AskedProof, codeFields } from "../../views/parts/password-fields.tsx";
import { framePage, type PageDeps } from "../frame.ts";
import { readPasskey } from "./passkey.ts";
import { findCodeProblem } from "./second-step.ts";
import { checkPassword } from "./sign-in.ts";

/**
 * What a form has to ask for, by what the person has; null while the session is fresh. Who signed in with sign-on does
 * so again, and comes back with a fresh session.
 */
export async function findAskedProof(deps: PageDeps, request: Request): Promise<AskedProof | null> {
  const { session, receivedAt: now } = getContext(request);
  if (session === undefined || !needsReauthentication(session, { policy: deps.sessionPolicy, now })) return null;
  const provider = session.method === "sign_on" ? deps.signOn?.name : undefined;
  if (provider !== undefined) return { hasPassword: false, code: null, hasPasskey: false, provider };
  const { id, email } = session.person;
  const [factors, mark] = await Promise.all([listSecondFactors(deps.db, id), readPasswordMark(deps.db, email)]);
  const code = factors.app ? "app" : hasSecondFactor(factors) ? "recovery" : null;
  return { hasPassword: mark !== "", code, hasPasskey: factors.passkeys.length > 0, provider: null };
}

/** What a form shows besides its fields: the page around it, what is wrong, and whether it asks again who it is. */
export async function frameForm(deps: PageDeps, request: Request, problems: FieldProblems = {}) {
  return { page: framePage(deps, request), problems, proof: await findAskedProof(deps, request) };
}

/**
 * Checks what `findAskedProof` asks for when the session is too old: `passkey`, or `currentPassword` and a code. Gives
 * the session a new token. Returns the problems by field, or undefined when there are none. Throws `too_many` as a
 * sign-in does.
 */
export async function reauthenticate(
  deps: PageDeps,
  { request, session }: Pick<PageCall, "request" | "session">,
  fields: URLSearchParams,
): Promise<FieldProblems | undefined> {
  const proof = await findAskedProof(deps, request);
  if (proof === null) return undefined;
  const passkey = fieldOf(fields, "passkey");
  const problems =
    passkey === ""
      ? await findProblems(deps, { request, session }, { fields, proof })
      : await findPasskeyProblems(deps, { request, session }, passkey);
  if (problems !== undefined) return problems;
  const context = getContext(request);
  const now = context.receivedAt;
  const isComplete = passkey !== "" || proof.code !== null;
  const token = await renewSession(deps.db, { session, ...(isComplete && { secondFactorAt: now }), now });
  context.setCookies.push(deps.cookie.write(token));
  // For whatever this request asks next.
  context.session = { ...session, authenticatedAt: now };
  return undefined;
}

/** The password first: a code is used up only with the right one. */
async function findProblems(
  deps: PageDeps,
  call: Pick<PageCall, "request" | "session">,
  { fields, proof }: { fields: URLSearchParams; proof: AskedProof },
): Promise<FieldProblems | undefined> {
  if (proof.provider !== null) return { signOn: [`Sign in again with ${proof.provider}, then send this form again.`] };
  const field = codeFields[proof.code ?? "app"];
  const [password, code] = [fieldOf(fields, "currentPassword"), fieldOf(fields, field)];
  const missing = {
    ...(password === "" && { currentPassword: ["Enter your password."] }),
    ...(proof.code !== null && code === "" && { [field]: ["Enter a code."] }),
  };
  if (Object.keys(missing).length > 0) return missing;
  if (!(await isOwnPassword(deps, call, password))) return { currentPassword: ["Incorrect password."] };
  const { request, session } = call;
  const problem =
    proof.code === null ? undefined : await findCodeProblem(deps, request, { person: session.person, code, session });
  return problem === undefined ? undefined : { [field]: [problem] };
}

async function findPasskeyProblems(
  deps: PageDeps,
  { request, session }: Pick<PageCall, "request" | "session">,
  text: string,
): Promise<FieldProblems | undefined> {
  const person = await readPasskey(deps, request, { text, session });
  if (person?.id === session.person.id) return undefined;
  return { passkey: ["This isn’t one of your passkeys here. Use another, or your password."] };
}

/** Whether this is the signed-in person's password. Throws `too_many` as a sign-in does. */
export async function isOwnPassword(
  deps: PageDeps,
  { request, session }: Pick<PageCall, "request" | "session">,
  password: string,
): Promise<boolean> {
  const checked = await checkPassword(deps, request, {
    email: session.person.email,
    password: new Secret(password),
    session,
  });
  return checked?.person.id === session.person.id;
}
