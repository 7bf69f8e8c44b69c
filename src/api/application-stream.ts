/** Applications as NDJSON or CSV, in constant memory, compressed on request, stopped when the caller leaves. */
import { joinBatches, type StreamWriter } from "../domain/applications/export.ts";
import { pageBytesMax } from "../domain/applications/stored/served.ts";
import { respondWithChunks } from "../http/answers/chunk-stream.ts";

/**
 * Answers with everything that `batches` gives; `headers` are those of the list. Throws `invalid` when a connection
 * that ends with the answer would get more than a page may have, or is not done at `lateAt`.
 */
export async function respondWithStream(stream: {
  request: Request;
  headers: Headers;
  writer: StreamWriter;
  batches: Iterable<readonly Uint8Array[]> | AsyncIterable<readonly Uint8Array[]>;
  /** A page is in memory already, whatever its last application has made of it. */
  isPage: boolean;
  /** By `performance.now()`. */
  lateAt: number;
}): Promise<Response> {
  const { request, headers, writer, batches, isPage, lateAt } = stream;
  headers.set("Content-Type", writer.contentType);
  const advice = "request pages with `pageSize`";
  const limits = isPage ? { bytesMax: Number.POSITIVE_INFINITY, advice } : { bytesMax: pageBytesMax, lateAt, advice };
  return respondWithChunks({ request, headers, chunks: joinBatches(writer, batches), ...limits });
}
