/** The second step of signing in: a code, after the password. */
import { findChallenge, takeChallenge } from "../../domain/access/people/challenges.ts";
import { checkCode } from "../../domain/access/people/factors/codes.ts";
import { listSecondFactors, type SecondFactors } from "../../domain/access/people/factors/list.ts";
import { findPerson, type Person } from "../../domain/access/people/find.ts";
import type { Session } from "../../domain/access/people/sessions.ts";
import { throttleMinutes } from "../../domain/access/people/throttle.ts";
import { getContext } from "../../http/context.ts";
import { fieldOf, readForm, strangersFormBytesMax } from "../../http/page-guard/forms.ts";
import { readNextPage } from "../../http/page-guard/require-session.ts";
import { type OpenCall, openPage, type PageRoute } from "../../http/page-guard/routes.ts";
import { DomainError, type FieldProblems } from "../../lib/errors.ts";
import { secondStepPage } from "../../views/account/second-step.tsx";
import { codeFields } from "../../views/parts/password-fields.tsx";
import { framePage, onlyCode, type PageDeps, respondWithHtml, seeOther } from "../frame.ts";
import { findDeviceAccount, retryAfter, secondStepPath, startNewSession } from "./sign-in.ts";

/** The page of somebody who gave the right password and has a second factor. */
export function secondStepPages(deps: PageDeps): PageRoute[] {
  return [
    openPage("GET", secondStepPath, (call) => showSecondStep(deps, call)),
    openPage("POST", secondStepPath, (call) => takeCode(deps, call)),
  ];
}

/** Who gave the password in this browser, and what they have to show; undefined when that was too long ago. */
async function findStep(deps: PageDeps, { request, now }: OpenCall) {
  const shown = { purpose: "second_factor", token: deps.secondFactorCookie.read(request) } as const;
  const challenge = await findChallenge(deps.db, { ...shown, now });
  if (challenge === undefined || challenge.personId === null) return undefined;
  const [person, factors] = await Promise.all([
    findPerson(deps.db, challenge.personId),
    listSecondFactors(deps.db, challenge.personId),
  ]);
  return person && { person, factors, next: readNextPage(String(challenge.details)) };
}

async function showSecondStep(deps: PageDeps, call: OpenCall): Promise<Response> {
  const step = await findStep(deps, call);
  return step === undefined ? seeOther("/login") : respondWithStep(deps, call.request, step, {});
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

async function takeCode(deps: PageDeps, call: OpenCall): Promise<Response> {
  const { request, now } = call;
  const form = await readForm(request, strangersFormBytesMax);
  const step = await findStep(deps, call);
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
  const token = deps.secondFactorCookie.read(request);
  const taken = await takeChallenge(deps.db, { purpose: "second_factor", token, now });
  getContext(request).setCookies.push(deps.secondFactorCookie.clear());
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
