/** Turns everything that was thrown into an answer: the only place that does (and one opaque 500). */
import { Elysia } from "elysia";
import {
  DomainError,
  type ErrorCode,
  isDatabaseUnavailable,
  type PointedError,
} from "../domain/errors.ts";
import { describeWriteProblem, findWriteProblem } from "../domain/write-problems.ts";
import type { Checked, ErrorFacts, Log } from "../log.ts";
import { errorPage } from "../views/error-page.tsx";
import type { LayoutAssets } from "../views/layout.tsx";
import { getExchange } from "./exchange.ts";
import { problemResponse, titleOf } from "./problem.ts";
import { isApiRequest } from "./require-api-key.ts";

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

/** What is said of a failure. */
export interface Failure {
  readonly status: number;
  readonly detail: string;
  readonly errors?: readonly PointedError[];
  readonly retryAfterSeconds: number | undefined;
}

const details: Readonly<Record<number, string>> = {
  400: "The request could not be read.",
  404: "There is nothing here.",
  500: "Something went wrong on our side. The request ID finds it in the log.",
  503: "The database cannot answer now. Try again in a few seconds.",
};

/** Registers the mapping for the whole app; must be the first plugin. */
export function answerErrors(deps: { log: Log; assets: LayoutAssets }) {
  return new Elysia({ name: "answer-errors" }).onError({ as: "global" }, (context) => {
    const { request, error } = context;
    const { requestId } = getExchange(request);
    const failure = readFailure(String(context.code), error);
    if (failure.status >= 500) deps.log.error({ requestId, error: describeError(error) }, "failed");
    if (!isApiRequest(request)) {
      const message = findReasonForAdmin(request, error) ?? failure.detail;
      return failurePage(deps, request, { ...failure, detail: message });
    }
    const headers = retryAfter(failure.retryAfterSeconds);
    return problemResponse({ ...failure, requestId, headers });
  });
}

/** The page about a failure. */
export function failurePage(
  { assets }: { assets: LayoutAssets },
  request: Request,
  { status, detail, retryAfterSeconds }: Failure,
): Response {
  const { requestId } = getExchange(request);
  const title = titleOf(status);
  return new Response(errorPage({ status, title, message: detail, requestId, assets }), {
    status,
    headers: { "Content-Type": "text/html; charset=utf-8", ...retryAfter(retryAfterSeconds) },
  });
}

function retryAfter(seconds: number | undefined): Record<string, string> {
  return seconds === undefined ? {} : { "Retry-After": String(seconds) };
}

/** What the operator must mend is for those who have signed in, and nobody else. */
function findReasonForAdmin(request: Request, error: unknown): string | undefined {
  if (getExchange(request).session === undefined) return undefined;
  const problem = findWriteProblem(error);
  return problem && describeWriteProblem(problem);
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
 * database and the parsers quote what they were given, and that may be a secret.
 */
export function describeError(error: unknown): ErrorFacts {
  if (!(error instanceof Error)) return { class: fact(typeof error) };
  return {
    class: fact(error.constructor.name),
    ...("code" in error ? { code: fact(error.code) } : {}),
    ...("constraint_name" in error ? { constraint: fact(error.constraint_name) } : {}),
    ...(error instanceof DomainError ? { message: fact(error.message) } : {}),
    at: (error.stack ?? "")
      .split("\n")
      .filter((line) => /^\s+at /.test(line))
      .slice(0, 8)
      .map(fact),
    ...(error.cause === undefined ? {} : { cause: describeError(error.cause) }),
  };
}

const fact = (value: unknown) => String(value) as Checked<"error fact">;
