/** One's own account: the password, and the browsers that are signed in. */
import {
  changeOwnPassword,
  endOwnSession,
  listOwnSessions,
  signOutEverywhere,
} from "../../domain/access/people/account.ts";
import { listSecondFactors } from "../../domain/access/people/factors/list.ts";
import { readPasswordMark } from "../../domain/access/people/find.ts";
import { findPasswordProblem } from "../../domain/access/people/passwords.ts";
import { getContext } from "../../http/context.ts";
import { fieldOf, readForm } from "../../http/page-guard/forms.ts";
import { ownPage, type PageCall, type PageRoute } from "../../http/page-guard/routes.ts";
import { DomainError, type FieldProblems } from "../../lib/errors.ts";
import { Secret } from "../../lib/secrets/secret.ts";
import { accountPage } from "../../views/account/overview.tsx";
import type { Notice } from "../../views/parts/layout.tsx";
import { framePage, onlyCode, type PageDeps, readId, respondWithHtml, seeOther } from "../frame.ts";
import { findAskedProof, isOwnPassword } from "./reauthentication.ts";
import { rememberDevice, retryAfter } from "./sign-in.ts";
import { leaveBrowser } from "./sign-out.ts";

/** The pages of one's own account. */
export function accountPages(deps: PageDeps): PageRoute[] {
  return [
    ownPage("GET", "/admin/account", (call) => showAccount(deps, call)),
    ownPage("POST", "/admin/account/password", (call) => changePassword(deps, call)),
    ownPage("POST", "/admin/account/sessions/:id/end", (call) => endSession(deps, call, call.params.id)),
    ownPage("POST", "/admin/account/signOutEverywhere", (call) => leaveEverywhere(deps, call)),
  ];
}

/** What was just done, by the word for it in the address that leads back here. */
const notices: ReadonlyMap<string, Notice> = new Map([
  ["password", { tone: "success", text: "Password changed. Your other sessions were signed out." }],
  ["passkey", { tone: "success", text: "Passkey added." }],
  ["passkey-removed", { tone: "success", text: "Passkey removed." }],
  ["app", { tone: "success", text: "Authenticator app set up." }],
  ["app-removed", { tone: "success", text: "Authenticator app removed." }],
  ["session", { tone: "success", text: "Session ended." }],
]);

async function showAccount(
  deps: PageDeps,
  { request, query, now, session }: PageCall,
  problems: FieldProblems = {},
  options: Parameters<typeof respondWithHtml>[1] = {},
): Promise<Response> {
  const notice = notices.get(fieldOf(query, "done"));
  const isSignOn = session.method === "sign_on";
  const [sessions, factors, password] = await Promise.all([
    listOwnSessions(deps.db, { session, policy: deps.sessionPolicy, now }),
    isSignOn ? null : listSecondFactors(deps.db, session.person.id),
    isSignOn ? null : findPasswordState(deps, session.person.email),
  ]);
  const page = framePage(deps, request, notice);
  const { requiresSecondFactor } = deps;
  return respondWithHtml(accountPage({ page, factors, requiresSecondFactor, sessions, password, problems }), options);
}

/** Whether there is a password to change, or a first one can be set. */
async function findPasswordState(deps: PageDeps, email: string): Promise<"set" | "none" | null> {
  if ((await readPasswordMark(deps.db, email)) !== "") return "set";
  return deps.passwordSignIn ? "none" : null;
}

async function changePassword(deps: PageDeps, call: PageCall): Promise<Response> {
  const { request, now, session, actor } = call;
  const form = await readForm(request);
  const problems = await findProblems(deps, call, form).catch(onlyCode("too_many"));
  if (problems instanceof DomainError) {
    const options = { status: 429, headers: retryAfter(problems) };
    return showAccount(deps, call, { currentPassword: [problems.message] }, options);
  }
  if (Object.keys(problems).length > 0) return showAccount(deps, call, problems, { status: 422 });
  const token = await changeOwnPassword(deps.db, {
    session,
    password: new Secret(fieldOf(form, "password")),
    userAgent: request.headers.get("user-agent"),
    policy: deps.sessionPolicy,
    actor,
    now,
  });
  getContext(request).setCookies.push(deps.cookie.write(token));
  await rememberDevice(deps, request, session.person.email);
  return seeOther("/admin/account?done=password");
}

/**
 * Everything that is wrong with the form. The old password is checked and throttled like a sign-in; for a first one,
 * the person must have signed in just now.
 */
async function findProblems(deps: PageDeps, call: PageCall, form: URLSearchParams): Promise<FieldProblems> {
  const { email } = call.session.person;
  const isFirst = call.session.method !== "sign_on" && (await findPasswordState(deps, email)) === "none";
  const current = fieldOf(form, "currentPassword");
  const chosen = fieldOf(form, "password");
  const problems: Record<string, string[]> = {};
  if (isFirst) {
    if ((await findAskedProof(deps, call.request)) !== null) problems.password = ["Sign in again to set a password."];
  } else if (current === "") problems.currentPassword = ["Enter your current password."];
  else if (!(await isOwnPassword(deps, call, current))) {
    problems.currentPassword = ["Incorrect password."];
  }
  const problem = await findPasswordProblem(new Secret(chosen), { email });
  if (problem) problems.password ??= [problem];
  else if (chosen === current) problems.password = ["Choose a different password."];
  if (chosen !== fieldOf(form, "passwordAgain")) {
    problems.passwordAgain = ["The passwords don’t match."];
  }
  return problems;
}

async function endSession(deps: PageDeps, { now, session, actor }: PageCall, idText: string): Promise<Response> {
  const id = readId(idText);
  if (id === undefined) throw new DomainError("not_found", "This session has already ended.");
  await endOwnSession(deps.db, { id, session, actor, now });
  return seeOther("/admin/account?done=session");
}

async function leaveEverywhere(deps: PageDeps, { request, now, session, actor }: PageCall): Promise<Response> {
  await signOutEverywhere(deps.db, { session, actor, now });
  return leaveBrowser(deps, request, session);
}
