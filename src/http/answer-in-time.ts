/** No API call waits for a database that does not answer: 503 within five seconds of its arrival (spec 2). */
import { TooLateError, withinMs } from "../domain/deadline.ts";
import { DomainError } from "../domain/errors.ts";
import type { Exchange } from "./exchange.ts";

const answerWithinMs = 4_800;

/**
 * Gives the answer of a route that only reads. Throws `unavailable` when it has not begun in time; what
 * still comes then is thrown away, with the connection that a stream may hold.
 */
export async function answerInTime(
  { startedMs }: Pick<Exchange, "startedMs">,
  answer: Promise<Response>,
): Promise<Response> {
  const elapsedMs = performance.now() - startedMs;
  try {
    return await withinMs(answer, Math.max(0, answerWithinMs - elapsedMs));
  } catch (cause) {
    if (!(cause instanceof TooLateError)) throw cause;
    void answer.then(({ body }) => body?.cancel()).catch(() => {});
    throw new DomainError("unavailable", "The database does not answer.", {
      cause,
      retryAfterSeconds: 5,
    });
  }
}
