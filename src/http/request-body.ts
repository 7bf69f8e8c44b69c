/** Reads the body of a request to its end, and no more of it than somebody wants to have. */
import { DomainError } from "../domain/errors.ts";

/**
 * The bytes of the body, `bytesMax` at most, whatever the request says of itself; none when there is
 * no body. `name` is what messages call it. Throws `too_large`, and `invalid` for one that breaks off.
 */
export async function readBody(
  request: Request,
  { name, bytesMax }: { name: string; bytesMax: number },
): Promise<Buffer> {
  const tooLarge = new DomainError("too_large", `The ${name} is too large.`);
  if (Number(request.headers.get("content-length") ?? 0) > bytesMax) throw tooLarge;
  const reader = request.body?.getReader();
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  while (reader !== undefined) {
    const { done, value } = await reader.read().catch((cause: unknown) => {
      throw new DomainError("invalid", `The ${name} did not arrive whole.`, { cause });
    });
    if (done) break;
    bytes += value.length;
    if (bytes > bytesMax) {
      await reader.cancel();
      throw tooLarge;
    }
    chunks.push(value);
  }
  return Buffer.concat(chunks);
}

/** The media type that the request names for its body, lower case and without parameters. */
export function readContentType(request: Request): string | undefined {
  return request.headers.get("content-type")?.split(";")[0]?.trim().toLowerCase();
}
