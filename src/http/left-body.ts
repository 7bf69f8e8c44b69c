/**
 * What happens to a body that has not been read to its end when the answer is ready. Some more of it is read
 * and thrown away, because a client that is still sending would fail on a closed connection and never see
 * the answer. If there is still more, the connection ends with the answer (RFC 9112, section 9.3).
 */
import { withinMs } from "../lib/limits/deadline.ts";
import { hasReadBody } from "./request-body.ts";

/** The most that is read and thrown away to keep the connection. */
const leftBytesMax = 8 * 1024 * 1024;
/** Short enough that the slowest answer is still sent within five seconds. */
const leftWithinMs = 100;

/** Tells whether a request may have a body that was not read to its end; most have none. */
export function mayLeaveBody({ headers }: Request): boolean {
  const length = headers.get("content-length");
  return (length !== null && Number(length) > leftBytesMax) || headers.has("transfer-encoding");
}

/** Ends the connection with the answer when too much of the body is left, or takes longer than `ms`. */
export async function leaveBody(request: Request, response: Response, ms = leftWithinMs): Promise<void> {
  if (!(await isBodyOver(request, ms))) response.headers.set("Connection", "close");
}

/** If the length of a body is known, the server reads the rest by itself. */
async function isBodyOver(request: Request, ms: number): Promise<boolean> {
  if (request.headers.has("content-length")) return false;
  const { body, bodyUsed } = request;
  if (body === null || bodyUsed || body.locked) return hasReadBody(request);
  const reader = body.getReader();
  try {
    return await withinMs(takeRest(reader), ms);
  } catch {
    // Too slow or broken off: either way the connection cannot be used again.
    return false;
  } finally {
    void reader.cancel().catch(() => {});
  }
}

type Reader = Pick<ReadableStreamDefaultReader<Uint8Array>, "read">;

async function takeRest(reader: Reader): Promise<boolean> {
  let bytes = 0;
  while (bytes <= leftBytesMax) {
    const { done, value } = await reader.read();
    if (done) return true;
    bytes += value.length;
  }
  return false;
}
