/**
 * What becomes of a body that was not read to its end when the answer is ready. A little more of it is
 * taken and thrown away: who still sends would fail on a connection that ends, and never read the answer.
 * After more than that the connection ends with the answer (RFC 9112, section 9.3).
 */
import { withinMs } from "../lib/limits/deadline.ts";
import { hasReadBody } from "./request-body.ts";

/** What is sent for nothing, and taken so that the connection can go on. */
const leftBytesMax = 8 * 1024 * 1024;
/** Added to the longest wait for an answer it is still less than the five seconds of spec 2. */
const leftWithinMs = 100;

/** Tells whether a request has a body that may have to be left; most have none. */
export function mayLeaveBody({ headers }: Request): boolean {
  const length = headers.get("content-length");
  return (length !== null && Number(length) > leftBytesMax) || headers.has("transfer-encoding");
}

/** Ends the connection with the answer when there is more of the body than is taken for nothing. */
export async function leaveBody(request: Request, response: Response): Promise<void> {
  if (!(await isBodyOver(request))) response.headers.set("Connection", "close");
}

/** Where the length of a body is known, the server takes the rest by itself. */
async function isBodyOver(request: Request): Promise<boolean> {
  if (request.headers.has("content-length")) return false;
  const { body, bodyUsed } = request;
  if (body === null || bodyUsed || body.locked) return hasReadBody(request);
  const reader = body.getReader();
  try {
    return await withinMs(takeRest(reader), leftWithinMs);
  } catch {
    // Too slow or broken off: in either case the connection has no more use.
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
