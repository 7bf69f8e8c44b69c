/** One's own account: the password, and the browsers that are signed in (spec 3, "Account"). */
import { Elysia } from "elysia";
import {
  changeOwnPassword,
  endOwnSession,
  listOwnSessions,
  signOutEverywhere,
} from "../../domain/access/admins/account.ts";
import { findPasswordProblem } from "../../domain/access/admins/passwords.ts";
import type { Session } from "../../domain/access/admins/sessions.ts";
import type { Actor } from "../../domain/access/audit/record.ts";
import { getContext } from "../../http/context.ts";
import { fieldOf, readForm, readPageQuery } from "../../http/page-guard/forms.ts";
import { requireAdmin } from "../../http/page-guard/require-admin.ts";
import { DomainError, type FieldProblems } from "../../lib/errors.ts";
import { Secret } from "../../lib/secrets/secret.ts";
import { accountPage } from "../../views/account/overview.tsx";
import type { Notice } from "../../views/parts/layout.tsx";
import { framePage, type PageDeps, readId, respondWithHtml, seeOther } from "../frame.ts";
import { checkPassword } from "./sign-in.ts";

/** Who asks, with which session. */
interface Asking {
  readonly request: Request;
  readonly session: Session;
  readonly actor: Actor;
}

/** The pages of one's own account. */
export function accountPages(deps: PageDeps) {
  return new Elysia({ name: "account-pages" })
    .use(requireAdmin(deps))
    .get("/admin/account", ({ request, session }) => showAccount(deps, { request, session }))
    .post("/admin/account/password", (asking) => changePassword(deps, asking), { parse: "none" })
    .post(
      "/admin/account/sessions/:id/end",
      ({ params, ...asking }) => endSession(deps, asking, params.id),
      { parse: "none" },
    )
    .post("/admin/account/signOutEverywhere", (asking) => leaveEverywhere(deps, asking), {
      parse: "none",
    });
}

/** What was done, by the word for it in the address that leads back here. */
const notices: ReadonlyMap<string, Notice> = new Map([
  [
    "password",
    { tone: "success", text: "Your password was changed. Your other sessions have ended." },
  ],
  ["session", { tone: "success", text: "The session has ended." }],
]);

async function showAccount(
  deps: PageDeps,
  input: {
    request: Request;
    session: Session;
    problems?: FieldProblems;
    status?: number;
    headers?: Readonly<Record<string, string>>;
  },
): Promise<Response> {
  const { request, session, problems = {}, status = 200, headers = {} } = input;
  const notice = notices.get(readPageQuery(request).get("done") ?? "");
  const sessions = await listOwnSessions(deps.db, {
    session,
    policy: deps.sessionPolicy,
    now: getContext(request).receivedAt,
  });
  const page = framePage(deps, request, notice);
  return respondWithHtml(accountPage({ page, sessions, problems }), { status, headers });
}

async function changePassword(deps: PageDeps, asking: Asking): Promise<Response> {
  const { request, session, actor } = asking;
  const form = await readForm(request);
  try {
    const problems = await findPasswordProblems(deps, asking, form);
    if (Object.keys(problems).length > 0) {
      return await showAccount(deps, { request, session, problems, status: 422 });
    }
  } catch (error) {
    if (!(error instanceof DomainError) || error.code !== "too_many") throw error;
    const headers = { "Retry-After": String(error.retryAfterSeconds ?? 60) };
    const problems = { currentPassword: [error.message] };
    return showAccount(deps, { request, session, problems, status: 429, headers });
  }
  const token = await changeOwnPassword(deps.db, {
    session,
    password: new Secret(fieldOf(form, "password")),
    userAgent: request.headers.get("user-agent"),
    policy: deps.sessionPolicy,
    actor,
    now: getContext(request).receivedAt,
  });
  return seeOther("/admin/account?done=password", { "Set-Cookie": deps.cookie.write(token) });
}

/** Everything that is wrong with the form. The old password is checked, and throttled, like a sign-in. */
async function findPasswordProblems(
  deps: PageDeps,
  { request, session }: Asking,
  form: URLSearchParams,
): Promise<FieldProblems> {
  const { email } = session.admin;
  const current = fieldOf(form, "currentPassword");
  const chosen = fieldOf(form, "password");
  const problems: Record<string, string[]> = {};
  if (current === "") problems.currentPassword = ["Enter your current password."];
  else {
    const admin = await checkPassword(deps, request, {
      email,
      password: new Secret(current),
      sessionId: session.id,
    });
    if (admin?.id !== session.admin.id) problems.currentPassword = ["Password is wrong."];
  }
  const problem = await findPasswordProblem(new Secret(chosen), { email });
  if (problem) problems.password = [problem];
  else if (chosen === current) problems.password = ["Choose a password that is not the old one."];
  if (chosen !== fieldOf(form, "passwordAgain")) {
    problems.passwordAgain = ["The new password is not the same in both fields."];
  }
  return problems;
}

async function endSession(deps: PageDeps, asking: Asking, idText: string): Promise<Response> {
  const { request, session, actor } = asking;
  const id = readId(idText);
  if (id === undefined) throw new DomainError("not_found", "This session has ended already.");
  await endOwnSession(deps.db, { id, session, actor, now: getContext(request).receivedAt });
  return seeOther("/admin/account?done=session");
}

async function leaveEverywhere(deps: PageDeps, asking: Asking): Promise<Response> {
  const { request, session, actor } = asking;
  await signOutEverywhere(deps.db, { session, actor, now: getContext(request).receivedAt });
  return seeOther("/login", { "Set-Cookie": deps.cookie.clear() });
}
