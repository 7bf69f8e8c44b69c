/** An answer whose body is made piece by piece. */
import { DomainError } from "../../lib/errors.ts";
import { TooLateError, withinMs } from "../../lib/limits/deadline.ts";
import { chooseEncoding, encodeStream, streamEncodings } from "./negotiation.ts";

/** A piece, usually UTF-8. */
export type Bytes = Uint8Array<ArrayBuffer>;

/**
 * Makes a body that asks for the next piece only when the last one has been taken. Waits for the first
 * piece, so that an early failure is still an error response. A later failure breaks the connection, so that
 * nobody mistakes a part for the whole. When the reader goes away, `chunks` is ended.
 */
export async function streamChunks(chunks: AsyncGenerator<Bytes>): Promise<ReadableStream<Bytes>> {
  let first: IteratorResult<Bytes> | undefined = await chunks.next();
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = first ?? (await chunks.next());
      first = undefined;
      if (done === true) controller.close();
      else controller.enqueue(value);
    },
    async cancel() {
      await chunks.return(undefined);
    },
  });
}

/** When a body that has to be held whole is too long, and what to do instead. */
interface HeldBody {
  readonly bytesMax: number;
  /** By `performance.now()`; not where the body is in memory already. */
  readonly lateAt?: number;
  readonly advice: string;
}

/** A body that has sent nothing for this many milliseconds is stuck. */
const silentMs = 2_000;

/** Answers with `chunks`, compressed if the caller accepts that. Throws as `withLength` does. */
export async function respondWithChunks(
  answer: { request: Request; headers: Headers; chunks: AsyncGenerator<Bytes> } & HeldBody,
): Promise<Response> {
  const { request, headers, chunks } = answer;
  const encoding = chooseEncoding(request, streamEncodings);
  if (encoding !== "identity") headers.set("Content-Encoding", encoding);
  const body = encodeStream(await streamChunks(chunks), encoding);
  return new Response(await withLength(request, body, answer), { headers });
}

/**
 * The body as it is sent. A connection that ends with the answer gets it with its length: in HTTP/1.0, which nginx
 * speaks by default and Bun does not tell from HTTP/1.1, nothing else shows that a part is missing. Throws `invalid`,
 * with advice what else to do, when that takes more than `bytesMax` of memory or is not done at `lateAt`: a caller who
 * was told to try again would never get it.
 */
export async function withLength(
  { headers }: Request,
  body: ReadableStream<Bytes>,
  { bytesMax, lateAt = Number.POSITIVE_INFINITY, advice }: HeldBody,
): Promise<ReadableStream<Bytes> | Bytes> {
  const options = (headers.get("connection") ?? "").toLowerCase().split(",");
  if (!options.some((option) => option.trim() === "close")) return body;
  const tooLong = new DomainError(
    "invalid",
    "With `Connection: close`, a part of an answer this long could look complete. Keep the connection open, or " +
      `${advice}. In nginx, set \`proxy_http_version 1.1; proxy_set_header Connection "";\`.`,
  );
  const pieces: Bytes[] = [];
  let length = 0;
  let cameAt = performance.now();
  async function hold(): Promise<Bytes> {
    for await (const piece of body) {
      pieces.push(piece);
      length += piece.length;
      cameAt = performance.now();
      if (length > bytesMax || cameAt >= lateAt) throw tooLong;
    }
    return Buffer.concat(pieces);
  }
  const held = hold();
  if (!Number.isFinite(lateAt)) return held;
  // The next piece may come too late itself.
  held.catch(() => {});
  return withinMs(held, Math.max(0, lateAt - performance.now())).catch((error: unknown) => {
    if (!(error instanceof TooLateError)) throw error;
    // Then it is not too long: the database does not answer, and trying again helps.
    if (performance.now() - cameAt > silentMs) return held;
    throw tooLong;
  });
}
