/** Reads the body of a request, up to a limit. */

import { DomainError } from "../lib/errors.ts";
import { TooLateError, withinMs } from "../lib/limits/deadline.ts";

/** From the first read to the last byte: longer than any body of ours takes on a bad line. */
const arrivalMaxMs = 30_000;
const readToTheirEnd = new WeakSet<Request>();
const newestReads = new WeakMap<Request, number>();

/**
 * The bytes of the body, `bytesMax` at most, whatever its headers say; empty when there is no body. `name` is
 * what messages call it. Throws `too_large`, `too_slow`, and `invalid` for a body that breaks off.
 */
export async function readBody(
  request: Request,
  { name, bytesMax, withinMs: arriveWithinMs = arrivalMaxMs }: { name: string; bytesMax: number; withinMs?: number },
): Promise<Buffer> {
  const tooLarge = new DomainError("too_large", `The ${name} is too large.`);
  if (Number(request.headers.get("content-length") ?? 0) > bytesMax) throw tooLarge;
  const reader = request.body?.getReader();
  const startedMs = performance.now();
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  while (reader !== undefined) {
    const leftMs = arriveWithinMs - (performance.now() - startedMs);
    const { done, value } = await withinMs(reader.read(), leftMs).catch((cause: unknown) => {
      if (cause instanceof TooLateError) {
        void reader.cancel().catch(() => {});
        throw new DomainError("too_slow", `The ${name} did not arrive in time.`, { cause });
      }
      throw new DomainError("invalid", `The ${name} arrived incomplete.`, { cause });
    });
    newestReads.set(request, performance.now());
    if (done) {
      readToTheirEnd.add(request);
      break;
    }
    bytes += value.length;
    if (bytes > bytesMax) {
      await reader.cancel();
      throw tooLarge;
    }
    chunks.push(value);
  }
  return Buffer.concat(chunks);
}

/** Tells whether `readBody` has read the whole body of this request. */
export function hasReadBody(request: Request): boolean {
  return readToTheirEnd.has(request);
}

/** When the newest part of the body arrived (`performance.now()`), or undefined while nothing was read of it. */
export function whenBodyArrived(request: Request): number | undefined {
  return newestReads.get(request);
}

/** The media type that the request names for its body, lower case and without parameters. */
export function readContentType(request: Request): string | undefined {
  return request.headers.get("content-type")?.split(";")[0]?.trim().toLowerCase();
}
