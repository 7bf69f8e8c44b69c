/** Signing in with a password: `/login`. */
import { hasSecondFactor, listSecondFactors } from "../../domain/access/people/factors/list.ts";
import { type Person, readPasswordMark } from "../../domain/access/people/find.ts";
import type { Session, SignInMethod } from "../../domain/access/people/sessions.ts";
import {
  askSecondFactor,
  authenticatePerson,
  type CheckedPassword,
  fingerprintEmail,
  signIn,
} from "../../domain/access/people/sign-in.ts";
import { throttleMinutes } from "../../domain/access/people/throttle.ts";
import { getContext } from "../../http/context.ts";
import type { DeviceAccount } from "../../http/page-guard/device-cookie.ts";
import { fieldOf, readForm, strangersFormBytesMax } from "../../http/page-guard/forms.ts";
import { readAnySession, readNextPage, readSession } from "../../http/page-guard/require-session.ts";
import { type OpenCall, openPage, type PageRoute } from "../../http/page-guard/routes.ts";
import { DomainError } from "../../lib/errors.ts";
import { blockOf, networkOf } from "../../lib/net/subnets.ts";
import { Secret } from "../../lib/secrets/secret.ts";
import { loginPage } from "../../views/account/login.tsx";
import type { Notice } from "../../views/parts/layout.tsx";
import { framePage, onlyCode, type PageDeps, respondWithHtml, seeOther } from "../frame.ts";

/** The page of sign-in. */
export function signInPages(deps: PageDeps): PageRoute[] {
  return [
    openPage("GET", "/login", (call) => showLogin(deps, call)),
    openPage("POST", "/login", ({ request }) => takeLogin(deps, request)),
  ];
}

/** Attempts without a known address are counted together. */
const unknownNetwork = "unknown";

/** Where the second factor is asked for. */
export const secondStepPath = "/login/secondFactor";
/** How long somebody may take between the password and the second factor. */
const secondStepMinutes = 10;

/**
 * Finds the person who has this e-mail and password; undefined when they are wrong. Throws `too_many` after too
 * many failures. The log and the audit trail say which it was.
 */
export async function checkPassword(
  deps: PageDeps,
  request: Request,
  given: { email: string; password: Secret; session?: Session },
): Promise<CheckedPassword | undefined> {
  const context = getContext(request);
  const { address, receivedAt } = context;
  const { fingerprintKey } = deps;
  const account = await findDeviceAccount(deps, given.email);
  const result = await authenticatePerson(deps.db, {
    ...given,
    device: deps.deviceCookie.read(request, account),
    network: address ? networkOf(address) : unknownNetwork,
    block: address ? blockOf(address) : unknownNetwork,
    address: address?.text ?? null,
    fingerprintKey,
    now: receivedAt,
    signal: request.signal,
  });
  if (result.problem === undefined) {
    context.signIn = { outcome: "confirmed", account: result.person };
    return result;
  }
  context.signIn = { outcome: result.problem, account: result.account };
  if (result.account === undefined) context.fingerprint = result.fingerprint;
  if (result.problem !== "too_many_failures") return undefined;
  throw new DomainError("too_many", "Too many failed sign-ins. Try again later.", {
    retryAfterSeconds: throttleMinutes * 60,
  });
}

/** Makes this browser, which knows the password, one that has signed in before. */
export async function rememberDevice(deps: PageDeps, request: Request, email: string): Promise<void> {
  const account = await findDeviceAccount(deps, email);
  getContext(request).setCookies.push(deps.deviceCookie.write(request, account));
}

/** An account as the cookies of browsers know it that have signed in to it. */
export async function findDeviceAccount({ db, fingerprintKey }: PageDeps, email: string): Promise<DeviceAccount> {
  return { name: fingerprintEmail(fingerprintKey, email), passwordMark: await readPasswordMark(db, email) };
}

/** Why somebody has to sign in again, by the word for it in the address. */
const endings: ReadonlyMap<string, Notice> = new Map([
  ["page", { tone: "info", text: "Your session has ended. Sign in to continue." }],
  [
    "kept",
    { tone: "info", text: "Your session has ended. Sign in, and your form comes back. Nothing has been saved yet." },
  ],
  [
    "lost",
    { tone: "warning", text: "You were signed out, so your form was not saved. Sign in, and fill it in again." },
  ],
]);

async function showLogin(deps: PageDeps, { request, query }: OpenCall): Promise<Response> {
  const next = readNextPage(query.get("next"));
  if (await readSession(deps, request)) return seeOther(next);
  const notice = endings.get(fieldOf(query, "ended"));
  return respondWithHtml(loginPage({ ...loginFrame(deps, request, notice), email: "", next, problem: null }));
}

/** What the sign-in page offers. */
export function loginFrame(deps: PageDeps, request: Request, notice?: Notice) {
  const { signOn, passwordSignIn } = deps;
  return { page: framePage(deps, request, notice), provider: signOn?.name ?? null, passwordSignIn };
}

async function takeLogin(deps: PageDeps, request: Request): Promise<Response> {
  if (!deps.passwordSignIn) throw new DomainError("forbidden", "You can’t sign in with a password here.");
  const form = await readForm(request, strangersFormBytesMax);
  const email = fieldOf(form, "email");
  const next = readNextPage(form.get("next"));
  const showProblem = (problem: string, status: number, headers = {}) =>
    respondWithHtml(loginPage({ ...loginFrame(deps, request), email, next, problem }), {
      status,
      headers,
    });
  const password = new Secret(fieldOf(form, "password"));
  const checked = await checkPassword(deps, request, { email, password }).catch(onlyCode("too_many"));
  if (checked instanceof DomainError) return showProblem(checked.message, 429, retryAfter(checked));
  const signedIn = checked && (await startNewSession(deps, request, { ...checked, method: "password", next }));
  return signedIn ?? showProblem("Incorrect e-mail address or password.", 401);
}

/** Leads somebody who gave the right password on to their second factor. */
async function beginSecondStep(
  deps: PageDeps,
  request: Request,
  { next, ...checked }: { person: Person; passwordHash?: string | null; next: string },
): Promise<Response | undefined> {
  const { receivedAt: now, setCookies } = getContext(request);
  const asked = { ...checked, details: next, minutes: secondStepMinutes, now };
  const token = await askSecondFactor(deps.db, asked);
  if (token === undefined) return undefined;
  setCookies.push(deps.secondFactorCookie.write(token));
  return seeOther(secondStepPath);
}

/** The header that says when to try again after too many attempts. */
export function retryAfter({ retryAfterSeconds = 60 }: DomainError): Record<string, string> {
  return { "Retry-After": String(retryAfterSeconds) };
}

/**
 * Signs a person in, and leads on. Somebody who gave a password and has a second factor gets no session, and is led to
 * show it. Undefined when the person was disabled meanwhile, or their password (`passwordHash`) changed.
 */
export async function startNewSession(
  deps: PageDeps,
  request: Request,
  {
    next,
    ...proof
  }: { person: Person; passwordHash?: string | null; method: SignInMethod; secondFactorAt?: Date; next: string },
): Promise<Response | undefined> {
  const context = getContext(request);
  const { address, receivedAt, setCookies } = context;
  const { method, secondFactorAt, ...checked } = proof;
  const { person } = checked;
  const isHalfWay = method === "password" && secondFactorAt === undefined;
  if (isHalfWay && hasSecondFactor(await listSecondFactors(deps.db, person.id))) {
    return beginSecondStep(deps, request, { ...checked, next });
  }
  const token = await signIn(deps.db, {
    ...proof,
    // Every sign-in gets a new token and ends the browser's old session, against session fixation.
    replaced: await readAnySession(deps, request),
    address: address?.text ?? null,
    userAgent: request.headers.get("user-agent"),
    policy: deps.sessionPolicy,
    now: receivedAt,
  });
  if (token === undefined) return undefined;
  context.signIn = { outcome: "signed_in", account: person };
  setCookies.push(deps.cookie.write(token));
  await rememberDevice(deps, request, person.email);
  return seeOther(next);
}
