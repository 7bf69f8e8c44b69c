/**
 * Nobody waits for a database that does not answer: an API call gets 503 within five seconds of its arrival,
 * people a page that says so.
 */

import { DomainError } from "../../lib/errors.ts";
import { TooLateError, withinMs } from "../../lib/limits/deadline.ts";
import type { Log } from "../../log.ts";
import type { LayoutAssets } from "../../views/parts/layout.tsx";
import { getContext, isApiRequest, type RequestContext } from "../context.ts";
import { isReading } from "../methods.ts";
import { whenBodyArrived } from "../request-body.ts";
import { failurePage, outcomeUnknown } from "./errors.ts";

const answerWithinMs = 4_800;
/** For what only shows something, and for what hashes a password or stores a program, which takes a while. */
const usualPageWithinMs = { reading: 8_000, writing: 30_000 } as const;

/** What pages in time need. */
export interface PageTimeDeps {
  readonly assets: LayoutAssets;
  readonly log: Log;
  /** Called when a page was not answered in time, to abandon connections that are stuck. */
  readonly onSilence: () => void;
  /** How long a page may take, in milliseconds, apart from the arrival of its form. */
  readonly pageWithinMs?: { readonly reading: number; readonly writing: number };
}

/**
 * Gives the answer of a route that only reads. Throws `unavailable` when it has not begun in time. An
 * answer that comes later is thrown away, with the connection that a stream may hold.
 */
export async function answerInTime(
  { startedMs }: Pick<RequestContext, "startedMs">,
  answer: Promise<Response>,
): Promise<Response> {
  return waitForDatabase(answer, { startedMs }).catch((error: unknown) => {
    void answer.then(({ body }) => body?.cancel()).catch(() => {});
    throw error;
  });
}

/** Waits for the database. Throws `unavailable` when it takes too long. */
export async function waitForDatabase<T>(
  work: Promise<T>,
  { startedMs = performance.now() }: Partial<Pick<RequestContext, "startedMs">> = {},
): Promise<T> {
  const elapsedMs = performance.now() - startedMs;
  try {
    return await withinMs(work, Math.max(0, answerWithinMs - elapsedMs));
  } catch (cause) {
    if (!(cause instanceof TooLateError)) throw cause;
    // Nobody waits for it any more, so a later failure is not an unhandled error.
    work.catch(() => {});
    throw new DomainError("unavailable", "The database is not responding.", {
      cause,
      retryAfterSeconds: 5,
    });
  }
}

/**
 * Gives the answer of a page, or in time one that says that the database does not answer. Answers of the
 * API pass through: its routes have their own deadline.
 */
export async function answerPageInTime(
  deps: PageTimeDeps,
  request: Request,
  answer: Response | Promise<Response>,
): Promise<Response> {
  if (answer instanceof Response || isApiRequest(request)) return answer;
  const isPage = isReading(request);
  const { reading, writing } = deps.pageWithinMs ?? usualPageWithinMs;
  const response = await waitForPage(request, answer, isPage ? reading : writing);
  if (response !== undefined) return response;
  const { requestId } = getContext(request);
  deps.log.error({ requestId }, "a page was not answered in time");
  deps.onSilence();
  const detail = isPage ? "The database is not responding. Try again in a few seconds." : outcomeUnknown;
  return failurePage(deps, request, { status: 503, detail, retryAfterSeconds: 5 });
}

/** Waits for a page; while its form arrives, the database is not what is waited for. */
async function waitForPage(request: Request, answer: Promise<Response>, pageMs: number): Promise<Response | undefined> {
  const startedMs = performance.now();
  for (let leftMs = pageMs; leftMs > 0; ) {
    try {
      return await withinMs(answer, leftMs);
    } catch (error) {
      if (!(error instanceof TooLateError)) throw error;
      leftMs = pageMs + (whenBodyArrived(request) ?? startedMs) - performance.now();
    }
  }
  return undefined;
}
