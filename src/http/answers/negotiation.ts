/** Chooses the media type and encoding of an answer from what the caller accepts (RFC 9110, section 12.5). */
import Negotiator from "negotiator";

/** How a stream may be packed. */
type StreamEncoding = "zstd" | "gzip" | "identity";

/** The encodings of answers that are made as they are sent, the preferred one first. */
export const streamEncodings: readonly StreamEncoding[] = ["zstd", "gzip"];

/**
 * The best of some media types for a caller; the first of them when the caller accepts none. Types are
 * compared without parameters: `text/csv; charset=utf-8` accepts `text/csv`.
 */
export function chooseMediaType<T extends string>(request: Request, available: readonly [T, ...T[]]): T {
  const chosen = read(request).mediaType([...available]);
  return available.find((type) => type === chosen) ?? available[0];
}

/** What the types of Negotiator do not tell. */
interface EncodingNegotiator {
  encoding(available: readonly string[], options: { preferred: readonly string[] }): string | undefined;
}

/**
 * The encoding that the caller likes best; of those it likes alike, the first of the available ones. `identity` when
 * it accepts none.
 */
export function chooseEncoding<E extends string>(request: Request, available: readonly E[]): E | "identity" {
  if (!request.headers.has("accept-encoding")) return "identity";
  const negotiator: EncodingNegotiator = read(request);
  const chosen = negotiator.encoding([...available, "identity"], { preferred: available });
  return available.find((encoding) => encoding === chosen) ?? "identity";
}

/** Packs a stream; a caller that goes away still ends what feeds it. */
export function encodeStream(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  encoding: StreamEncoding,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  if (encoding === "identity") return stream;
  return stream.pipeThrough(new CompressionStream(encoding));
}

/**
 * A parameter of a media type other than its weight `q` (RFC 9110, sections 5.6.6 and 12.5.1). It begins with `;`, not
 * with the blanks before it: to look for `;` behind each of thousands of blanks would keep everybody waiting.
 */
const otherParameter = /;(?![ \t]*q=)[ \t]*(?:[^\s;,="]+(?:=(?:"(?:[^"\\]|\\.)*"|[^;,"]*))?)?/gi;

function read(request: Request): Negotiator {
  return new Negotiator({
    headers: {
      accept: request.headers.get("accept")?.replaceAll(otherParameter, ""),
      "accept-encoding": request.headers.get("accept-encoding") ?? undefined,
    },
  });
}
