/** `/login`, `/logout` and `/setup`: how an admin comes in and goes (spec 3, "Signing in"). */
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
import { framePage, type PageDeps, respondWithHtml, seeOther } from "../frame.ts";

/** The pages that anyone may open. */
export function signInPages(deps: PageDeps) {
  return new Elysia({ name: "sign-in-pages" })
    .get("/login", ({ request }) => showLogin(deps, request))
    .post("/login", ({ request }) => signIn(deps, request), { parse: "none" })
    .post("/logout", ({ request }) => signOut(deps, request), { parse: "none" })
    .get("/setup", ({ request }) => showSetup(deps, request))
    .post("/setup", ({ request }) => setUp(deps, request), { parse: "none" });
}

/** Tries without a known address are counted together. */
const unknownNetwork = "unknown";

/** Finds who gives this e-mail and password; every wrong one counts for the throttle. */
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
  const password = new Secret(fieldOf(form, "password"));
  const showProblem = (problem: string, status: number, headers = {}) =>
    respondWithHtml(loginPage({ page: framePage(deps, request), email, next, problem }), {
      status,
      headers,
    });
  try {
    const admin = await checkPassword(deps, request, { email, password });
    if (admin === undefined) return showProblem("E-mail address or password is wrong.", 401);
    return await begin(deps, request, { adminId: admin.id, next });
  } catch (error) {
    if (!(error instanceof DomainError) || error.code !== "too_many") throw error;
    const retryAfter = String(error.retryAfterSeconds ?? 60);
    return showProblem(error.message, 429, { "Retry-After": retryAfter });
  }
}

async function begin(
  deps: PageDeps,
  request: Request,
  input: { adminId: number; next: string },
): Promise<Response> {
  const { address, receivedAt } = getContext(request);
  // A new token at every sign-in; the one that the browser came with ends (session fixation).
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
    throw new DomainError("not_found", "This link was used already or has run out.");
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
  try {
    const admin = await createFirstAdmin(deps.db, {
      token: new Secret(token),
      email,
      password: new Secret(fieldOf(form, "password")),
      address: address?.text ?? null,
      now: receivedAt,
    });
    return await begin(deps, request, { adminId: admin.id, next: "/admin/apiKeys" });
  } catch (error) {
    if (!(error instanceof DomainError) || error.code !== "invalid") throw error;
    const page = framePage(deps, request);
    return respondWithHtml(setupPage({ page, token, email, problems: error.fields }), {
      status: 422,
    });
  }
}
