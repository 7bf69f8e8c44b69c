/** Errors of the JSON API: RFC 9457 problem details with CiviForm's texts in `detail`. */
import type { PointedError } from "../../lib/errors.ts";

const titles: Readonly<Record<number, string>> = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  408: "Request Timeout",
  409: "Conflict",
  413: "Content Too Large",
  415: "Unsupported Media Type",
  422: "Unprocessable Content",
  429: "Too Many Requests",
  500: "Internal Server Error",
  503: "Service Unavailable",
};

/** The standard name of a status. */
export function titleOf(status: number): string {
  return titles[status] ?? "Error";
}

/** One problem as a response; never cached. `errors` points at what is wrong in the request's body. */
export function problemResponse(problem: {
  status: number;
  detail: string;
  requestId: string;
  errors?: readonly PointedError[];
  headers?: Readonly<Record<string, string>>;
}): Response {
  const { status, detail, requestId, errors = [] } = problem;
  const body = {
    type: "about:blank",
    title: titleOf(status),
    status,
    detail,
    ...(errors.length > 0 && { errors }),
    requestId,
  };
  return new Response(JSON.stringify(body), {
    status,
    headers: {
      "Content-Type": "application/problem+json",
      "Cache-Control": "no-store",
      ...problem.headers,
    },
  });
}

/** The only 401: the same to the byte for every reason, apart from the request id. */
export function unauthorizedResponse(requestId: string): Response {
  return problemResponse({
    status: 401,
    detail: "The call needs the credentials of an API key that allows it.",
    requestId,
    headers: { "WWW-Authenticate": 'Basic realm="CiviKey", charset="UTF-8"' },
  });
}
