/** Signing in and out, and creating the first admin: `/login`, `/logout` and `/setup`. */
import { Elysia } from "elysia";
import { endSession, startSession } from "../../domain/access/admins/sessions.ts";
import { createFirstAdmin, isSetupTokenValid } from "../../domain/access/admins/setup.ts";
import { authenticateAdmin } from "../../domain/access/admins/sign-in.ts";
import { getContext } from "../../http/context.ts";
import { fieldOf, readForm, readPageQuery } from "../../http/page-guard/forms.ts";
import { readNextPage, readSession } from "../../http/page-guard/require-admin.ts";
import { DomainError } from "../../lib/errors.ts";
import { networkOf } from "../../lib/net/subnets.ts";
import { Secret } from "../../lib/secrets/secret.ts";
import { loginPage } from "../../views/account/login.tsx";
import { setupPage } from "../../views/account/setup.tsx";
import { framePage, type PageDeps, respondWithForm, respondWithHtml, seeOther } from "../frame.ts";
import { onlyCode } from "../only-code.ts";

/** The pages that need no session. */
export function signInPages(deps: PageDeps) {
  return new Elysia({ name: "sign-in-pages" })
    .get("/login", ({ request }) => showLogin(deps, request))
    .post("/login", ({ request }) => signIn(deps, request), { parse: "none" })
    .post("/logout", ({ request }) => signOut(deps, request), { parse: "none" })
    .get("/setup", ({ request }) => showSetup(deps, request))
    .post("/setup", ({ request }) => setUp(deps, request), { parse: "none" });
}

/** Attempts without a known address are counted together. */
const unknownNetwork = "unknown";

/** Finds the admin with this e-mail and password; every failure counts toward the throttle, which throws `too_many`. */
export function checkPassword(
  deps: PageDeps,
  request: Request,
  given: { email: string; password: Secret; sessionId?: number },
) {
  const { address, receivedAt } = getContext(request);
  return authenticateAdmin(deps.db, {
    ...given,
    network: address ? networkOf(address) : unknownNetwork,
    fingerprintKey: deps.fingerprintKey,
    now: receivedAt,
  });
}

async function showLogin(deps: PageDeps, request: Request): Promise<Response> {
  const next = readNextPage(readPageQuery(request).get("next"));
  if (await readSession(deps, request)) return seeOther(next);
  return respondWithHtml(
    loginPage({ page: framePage(deps, request), email: "", next, problem: null }),
  );
}

async function signIn(deps: PageDeps, request: Request): Promise<Response> {
  const form = await readForm(request);
  const email = fieldOf(form, "email");
  const next = readNextPage(form.get("next"));
  const showProblem = (problem: string, status: number, headers = {}) =>
    respondWithHtml(loginPage({ page: framePage(deps, request), email, next, problem }), {
      status,
      headers,
    });
  const password = new Secret(fieldOf(form, "password"));
  const admin = await checkPassword(deps, request, { email, password }).catch(onlyCode("too_many"));
  if (admin instanceof DomainError) return showProblem(admin.message, 429, retryAfter(admin));
  if (admin === undefined) return showProblem("Incorrect e-mail address or password.", 401);
  return startNewSession(deps, request, { adminId: admin.id, next });
}

/** The header that says when to try again after too many attempts. */
export function retryAfter({ retryAfterSeconds = 60 }: DomainError): Record<string, string> {
  return { "Retry-After": String(retryAfterSeconds) };
}

async function startNewSession(
  deps: PageDeps,
  request: Request,
  input: { adminId: number; next: string },
): Promise<Response> {
  const { address, receivedAt } = getContext(request);
  // Every sign-in gets a new token and ends the browser's old session, against session fixation.
  const old = await readSession(deps, request);
  if (old) await endSession(deps.db, old);
  const token = await startSession(deps.db, {
    adminId: input.adminId,
    address: address?.text ?? null,
    userAgent: request.headers.get("user-agent"),
    policy: deps.sessionPolicy,
    now: receivedAt,
  });
  return seeOther(input.next, { "Set-Cookie": deps.cookie.write(token) });
}

async function signOut(deps: PageDeps, request: Request): Promise<Response> {
  const session = await readSession(deps, request);
  if (session) await endSession(deps.db, session);
  return seeOther("/login", { "Set-Cookie": deps.cookie.clear() });
}

async function showSetup(deps: PageDeps, request: Request): Promise<Response> {
  const token = readPageQuery(request).get("token") ?? "";
  const now = getContext(request).receivedAt;
  if (!(await isSetupTokenValid(deps.db, { token: new Secret(token), now }))) {
    throw new DomainError("not_found", "This link has expired or was already used.");
  }
  return respondWithHtml(
    setupPage({ page: framePage(deps, request), token, email: "", problems: {} }),
  );
}

async function setUp(deps: PageDeps, request: Request): Promise<Response> {
  const form = await readForm(request);
  const token = fieldOf(form, "token");
  const email = fieldOf(form, "email");
  const { address, receivedAt } = getContext(request);
  const admin = await createFirstAdmin(deps.db, {
    token: new Secret(token),
    email,
    password: new Secret(fieldOf(form, "password")),
    address: address?.text ?? null,
    now: receivedAt,
  }).catch(onlyCode("invalid"));
  if (admin instanceof DomainError) {
    const problems = admin.fields;
    const page = framePage(deps, request);
    return respondWithForm(setupPage({ page, token, email, problems }), problems);
  }
  return startNewSession(deps, request, { adminId: admin.id, next: "/admin/apiKeys" });
}
