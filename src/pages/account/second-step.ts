/** Signing in with a second factor: the step after the password, and passkeys, which need no password. */
import { findChallenge, takeChallenge } from "../../domain/access/people/challenges.ts";
import { checkCode } from "../../domain/access/people/factors/codes.ts";
import { listSecondFactors, type SecondFactors } from "../../domain/access/people/factors/list.ts";
import {
  checkPasskey,
  type PasskeyRequest,
  relyingPartyOf,
  requestPasskey,
} from "../../domain/access/people/factors/passkeys.ts";
import { findPerson, type Person } from "../../domain/access/people/find.ts";
import type { Session } from "../../domain/access/people/sessions.ts";
import { recordFailure } from "../../domain/access/people/sign-in.ts";
import { throttleMinutes } from "../../domain/access/people/throttle.ts";
import { tooManyCallsResponse } from "../../http/api-guard/rate-limit.ts";
import { getContext } from "../../http/context.ts";
import { fieldOf, readForm, strangersFormBytesMax } from "../../http/page-guard/forms.ts";
import { readNextPage } from "../../http/page-guard/require-session.ts";
import { openPage, type PageRoute } from "../../http/page-guard/routes.ts";
import { DomainError, type FieldProblems } from "../../lib/errors.ts";
import { fingerprint } from "../../lib/secrets/derived-keys.ts";
import { loginPage } from "../../views/account/login.tsx";
import { secondStepPage } from "../../views/account/second-step.tsx";
import { codeFields } from "../../views/parts/password-fields.tsx";
import { framePage, type PageDeps, respondWithHtml, seeOther } from "../frame.ts";
import { onlyCode } from "../only-code.ts";
import { findDeviceAccount, loginFrame, retryAfter, secondStepPath, startNewSession } from "./sign-in.ts";

/** The pages of somebody who is about to sign in. */
export function secondStepPages(deps: PageDeps): PageRoute[] {
  return [
    openPage("GET", secondStepPath, ({ request }) => showSecondStep(deps, request)),
    openPage("POST", secondStepPath, ({ request }) => takeCode(deps, request)),
    openPage("POST", "/login/passkey/options", ({ request }) => offerPasskey(deps, request)),
    openPage("POST", "/login/passkey", ({ request }) => takePasskey(deps, request)),
  ];
}

/** Who gave the password in this browser, and what they have to show; undefined when that was too long ago. */
async function findStep(deps: PageDeps, request: Request) {
  const shown = { purpose: "second_factor", token: deps.secondFactorCookie.read(request) } as const;
  const challenge = await findChallenge(deps.db, { ...shown, now: getContext(request).receivedAt });
  if (challenge === undefined || challenge.personId === null) return undefined;
  const [person, factors] = await Promise.all([
    findPerson(deps.db, challenge.personId),
    listSecondFactors(deps.db, challenge.personId),
  ]);
  return person && { person, factors, next: readNextPage(String(challenge.details)) };
}

async function showSecondStep(deps: PageDeps, request: Request): Promise<Response> {
  const step = await findStep(deps, request);
  return step === undefined ? seeOther("/login") : respondWithStep(deps, request, step, {});
}

function respondWithStep(
  deps: PageDeps,
  request: Request,
  step: { factors: SecondFactors; next: string },
  problems: FieldProblems,
  options: Parameters<typeof respondWithHtml>[1] = {},
): Response {
  return respondWithHtml(secondStepPage({ page: framePage(deps, request), ...step, problems }), options);
}

async function takeCode(deps: PageDeps, request: Request): Promise<Response> {
  const form = await readForm(request, strangersFormBytesMax);
  const step = await findStep(deps, request);
  if (step === undefined) return seeOther("/login");
  const { person, next } = step;
  const field = form.has(codeFields.recovery) ? codeFields.recovery : codeFields.app;
  const code = fieldOf(form, field);
  const problem = await findCodeProblem(deps, request, { person, code }).catch(onlyCode("too_many"));
  if (problem instanceof DomainError) {
    const options = { status: 429, headers: retryAfter(problem) };
    return respondWithStep(deps, request, step, { [field]: [problem.message] }, options);
  }
  if (problem !== undefined) return respondWithStep(deps, request, step, { [field]: [problem] }, { status: 401 });
  const { receivedAt: now, setCookies } = getContext(request);
  const token = deps.secondFactorCookie.read(request);
  const taken = await takeChallenge(deps.db, { purpose: "second_factor", token, now });
  setCookies.push(deps.secondFactorCookie.clear());
  const proof = { person, method: "password", secondFactorAt: now, next } as const;
  const signedIn = taken && (await startNewSession(deps, request, proof));
  return signedIn ?? seeOther("/login");
}

/**
 * Uses a code of somebody's app or a recovery code; what is wrong with it in a sentence, or undefined when it was
 * right. Throws `too_many` after too many wrong ones. The log and the audit trail say which it was.
 */
export async function findCodeProblem(
  deps: PageDeps,
  request: Request,
  { person, code, session }: { person: Person; code: string; session?: Session },
): Promise<string | undefined> {
  if (code.trim() === "") return "Enter a code.";
  const context = getContext(request);
  const device = deps.deviceCookie.read(request, await findDeviceAccount(deps, person.email));
  const problem = await checkCode(deps.db, {
    person,
    code,
    known: session ? `session ${session.id}` : device && `device ${device}`,
    address: context.address?.text ?? null,
    authenticatorKey: deps.authenticatorKey,
    fingerprintKey: deps.fingerprintKey,
    now: context.receivedAt,
  });
  context.signIn = { outcome: problem ?? "confirmed", account: person };
  if (problem === "wrong_code") return "Incorrect code.";
  if (problem === "used_code") return "This code was already used. Wait for the next one.";
  if (problem === undefined) return undefined;
  throw new DomainError("too_many", "Too many wrong codes. Try again later.", {
    retryAfterSeconds: throttleMinutes * 60,
  });
}

/** Answers a script with what the browser needs to ask for a passkey. Strangers get only so many. */
async function offerPasskey(deps: PageDeps, request: Request): Promise<Response> {
  const context = getContext(request);
  const exceeded = deps.limits.countAnonymous(context.address);
  if (exceeded) return tooManyCallsResponse(context, exceeded);
  const party = relyingPartyOf(deps.baseUrl());
  return respondWithOptions(deps, request, await requestPasskey(deps.db, { party, now: context.receivedAt }));
}

/** The options for a script, and the cookie with which the answer comes back. */
export function respondWithOptions(deps: PageDeps, request: Request, { options, token }: PasskeyRequest): Response {
  getContext(request).setCookies.push(deps.passkeyCookie.write(token));
  return Response.json(options);
}

async function takePasskey(deps: PageDeps, request: Request): Promise<Response> {
  if (!deps.passwordSignIn) throw new DomainError("forbidden", "You can’t sign in with a passkey here.");
  const context = getContext(request);
  const exceeded = deps.limits.countAnonymous(context.address);
  if (exceeded) return tooManyCallsResponse(context, exceeded);
  const form = await readForm(request, strangersFormBytesMax);
  const next = readNextPage(form.get("next"));
  const person = await readPasskey(deps, request, { text: fieldOf(form, "passkey") });
  const proof = { method: "passkey", secondFactorAt: context.receivedAt, next } as const;
  const signedIn = person && (await startNewSession(deps, request, { person, ...proof }));
  if (signedIn !== undefined) return signedIn;
  const problem = "This passkey doesn’t work here. It may have been removed from your account.";
  return respondWithHtml(loginPage({ ...loginFrame(deps, request), email: "", next, problem }), { status: 401 });
}

/**
 * The person whose passkey a browser has shown; undefined when it is not accepted. The log and the audit trail say why
 * not. `session` is that of somebody who shows it again.
 */
export async function readPasskey(
  deps: PageDeps,
  request: Request,
  { text, session }: { text: string; session?: Session },
): Promise<Person | undefined> {
  const { db, fingerprintKey, passkeyCookie } = deps;
  const context = getContext(request);
  const now = context.receivedAt;
  const answer = { party: relyingPartyOf(deps.baseUrl()), token: passkeyCookie.read(request), text, now };
  context.setCookies.push(passkeyCookie.clear());
  const { person, ...refused } = await checkPasskey(db, answer);
  if (refused.problem === undefined) {
    context.signIn = { outcome: "confirmed", account: person };
    return person;
  }
  context.signIn = { outcome: refused.problem, account: refused.account };
  const unknown = fingerprint(fingerprintKey, "unknown passkey");
  if (refused.account === undefined) context.fingerprint = unknown;
  const from = { address: context.address?.text ?? null, fingerprintKey, now, ...(session && { session }) };
  await recordFailure(db, from, { ...refused, fingerprint: unknown });
  return undefined;
}
