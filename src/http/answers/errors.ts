/** Turns every error into an answer, and is the only place that does. An unexpected error is one opaque 500. */
import { Elysia } from "elysia";
import { describeWriteProblem, findWriteProblem } from "../../db/writes/problems.ts";
import { DomainError, type ErrorCode, isDatabaseUnavailable, type PointedError } from "../../lib/errors.ts";
import type { Checked, ErrorFacts, Log } from "../../log.ts";
import { errorPage } from "../../views/parts/error-page.tsx";
import type { LayoutAssets } from "../../views/parts/layout.tsx";
import { getContext, isApiRequest, isBelow } from "../context.ts";
import { isReading } from "../methods.ts";
import { readSession, type SessionDeps } from "../page-guard/require-session.ts";
import { frameOf } from "./page-frame.ts";
import { problemResponse, titleOf } from "./problem.ts";

/** The status of each code of the domain. */
const statuses: Readonly<Record<ErrorCode, number>> = {
  invalid: 400,
  unprocessable: 422,
  too_large: 413,
  wrong_type: 415,
  too_slow: 408,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  too_many: 429,
  unavailable: 503,
};

/** What the router and the parsers of Elysia throw. */
const frameworkStatuses: Readonly<Record<string, number>> = {
  NOT_FOUND: 404,
  PARSE: 400,
  VALIDATION: 400,
  INVALID_COOKIE_SIGNATURE: 400,
  INVALID_FILE_TYPE: 400,
};

/** What the client is told about a failure. */
export interface Failure {
  readonly status: number;
  readonly detail: string;
  readonly errors?: readonly PointedError[];
  readonly retryAfterSeconds: number | undefined;
}

const details: Readonly<Record<number, string>> = {
  400: "The request could not be read.",
  404: "Not found.",
  500: "Something went wrong on our side. The log has the details under the request ID.",
  503: "The database is unavailable. Try again in a few seconds.",
};

/** The same for people, where there is more to say. */
const pageDetails: Readonly<Record<number, string>> = {
  400: "The address or the form has something that can’t be read. Go back, and try again.",
  404: "There is nothing at this address, or your role doesn’t open it.",
};

/** For a change when the database went away, which may have been after it was stored. */
export const outcomeUnknown =
  "The database is not responding, so your change may or may not be saved. Check before you try again.";
const notBegun = "The database is unavailable. Nothing was changed. Try again in a few seconds.";

/** Registers the mapping for the whole app; must be the first plugin. */
export function answerErrors(deps: SessionDeps & { log: Log; assets: LayoutAssets }) {
  return new Elysia({ name: "answer-errors" }).onError({ as: "global" }, async (context) => {
    const { request, error } = context;
    const { requestId } = getContext(request);
    const failure = readFailure(String(context.code), error);
    if (failure.status >= 500) {
      // A 503 without a cause is a decision, not a fault: too many wait, or docs are being made.
      const isDecision = error instanceof DomainError && error.cause === undefined;
      deps.log[isDecision ? "info" : "error"]({ requestId, error: describeError(error) }, "failed");
    }
    if (!isApiRequest(request)) {
      if (failure.status < 500) await lookWhoAsks(deps, request);
      const pageDetail = error instanceof DomainError ? undefined : pageDetails[failure.status];
      const detail = describeToAdmin(request, error) ?? pageDetail ?? failure.detail;
      return failurePage(deps, request, { ...failure, detail });
    }
    const headers = retryAfter(failure.retryAfterSeconds);
    return problemResponse({ ...failure, requestId, headers });
  });
}

/** Outside `/admin` nobody has looked yet, and a page keeps the navigation of whoever is signed in. */
async function lookWhoAsks(deps: SessionDeps, request: Request): Promise<void> {
  const { session, lacksSecondFactor } = getContext(request);
  if (session ?? lacksSecondFactor) return;
  try {
    await readSession(deps, request);
  } catch (error) {
    // The page says what it has to say without it.
    if (!isDatabaseUnavailable(error)) throw error;
  }
}

/** The page about a failure. It offers to try again when nothing was to be changed. */
export function failurePage(
  { assets }: { assets: LayoutAssets },
  request: Request,
  { status, detail, retryAfterSeconds }: Failure,
): Response {
  const { requestId } = getContext(request);
  const canTryAgain = (status === 503 || status === 429) && isReading(request);
  const page = frameOf(assets, request);
  const { pathname: path } = new URL(request.url);
  return new Response(errorPage({ page, path, status, message: detail, canTryAgain, requestId }), {
    status,
    headers: { "Content-Type": "text/html; charset=utf-8", ...retryAfter(retryAfterSeconds) },
  });
}

function retryAfter(seconds: number | undefined): Record<string, string> {
  return seconds === undefined ? {} : { "Retry-After": String(seconds) };
}

/**
 * What a person is told when the database is away: what the operator must fix (only after sign-in), and
 * what became of a change. Without a session nothing was changed: the guard looks it up first.
 */
function describeToAdmin(request: Request, error: unknown): string | undefined {
  const { session, guardedPath } = getContext(request);
  const problem = session && findWriteProblem(error);
  if (problem) return describeWriteProblem(problem);
  const isChange = !isReading(request) && isBelow(guardedPath, "/admin");
  if (!isChange || error instanceof DomainError || !isDatabaseUnavailable(error)) return undefined;
  return session === undefined ? notBegun : outcomeUnknown;
}

function readFailure(code: string, error: unknown): Failure {
  if (error instanceof DomainError) {
    const { message, errors, retryAfterSeconds } = error;
    return { status: statuses[error.code], detail: message, errors, retryAfterSeconds };
  }
  if (isDatabaseUnavailable(error)) {
    return { status: 503, detail: details[503] ?? "", retryAfterSeconds: 5 };
  }
  const status = frameworkStatuses[code] ?? 500;
  return { status, detail: details[status] ?? titleOf(status), retryAfterSeconds: undefined };
}

/**
 * What may be logged of an error: its class, its codes and where it was thrown. Not its message: the
 * database and the parsers quote their input, which may be a secret. Our own messages say enough by themselves.
 */
export function describeError(error: unknown): ErrorFacts {
  if (!(error instanceof Error)) return { class: fact(typeof error) };
  return {
    class: fact(error.constructor.name),
    ...("code" in error ? { code: fact(error.code) } : {}),
    ...("constraint_name" in error ? { constraint: fact(error.constraint_name) } : {}),
    ...(error instanceof DomainError ? { message: fact(error.message) } : { at: placesOf(error) }),
    ...(error.cause === undefined ? {} : { cause: describeError(error.cause) }),
  };
}

function placesOf({ stack = "" }: Error) {
  const lines = stack.split("\n").filter((line) => /^\s+at /.test(line));
  return lines.slice(0, 8).map(fact);
}

const fact = (value: unknown) => String(value) as Checked<"error fact">;
