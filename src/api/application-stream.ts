/** Applications as NDJSON or CSV, in constant memory, compressed on request, stopped when the caller leaves. */
import type { CallReads } from "../db/reads/call-reads.ts";
import type { GrantedProgram } from "../domain/access/grants.ts";
import { createCsvWriter } from "../domain/applications/csv.ts";
import { createServedWriter, pageBytesMax, type RowWriter } from "../domain/applications/stored/served.ts";
import { type Bytes, streamChunks, withLength } from "../http/answers/chunk-stream.ts";
import { chooseEncoding, encodeStream, streamEncodings } from "../http/answers/negotiation.ts";

/** What a stream can be written as. */
export const streamTypes = ["application/x-ndjson", "text/csv"] as const;

/** Writes rows of a list in the format of a stream. */
interface StreamWriter extends RowWriter {
  /** As the answer names it. */
  readonly contentType: string;
  /** What comes before the first row. */
  readonly header: string;
}

/** Opens the writer of a stream. */
export async function openStreamWriter(
  reads: CallReads,
  mediaType: (typeof streamTypes)[number],
  of: { program: GrantedProgram<"READ">; zone: string },
): Promise<StreamWriter> {
  if (mediaType === "application/x-ndjson") {
    return { ...createServedWriter(of.program, "\n"), contentType: mediaType, header: "" };
  }
  const csv = await reads.ofApplications((db) => createCsvWriter(db, of));
  return { ...csv, contentType: "text/csv; charset=utf-8; header=present" };
}

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
  const encoding = chooseEncoding(request, streamEncodings);
  if (encoding !== "identity") headers.set("Content-Encoding", encoding);
  const chunks = joinBatches(batches, Buffer.from(writer.header));
  const body = encodeStream(await streamChunks(chunks), encoding);
  const advice = "request pages with `pageSize`";
  const limits = isPage ? { bytesMax: Number.POSITIVE_INFINITY, advice } : { bytesMax: pageBytesMax, lateAt, advice };
  return new Response(await withLength(request, body, limits), { headers });
}

/** The header and the first rows come together: what fails at once is an error, and not half an answer. */
async function* joinBatches(
  batches: Iterable<readonly Uint8Array[]> | AsyncIterable<readonly Uint8Array[]>,
  header: Uint8Array,
): AsyncGenerator<Bytes> {
  let start = [header];
  for await (const parts of batches) {
    const chunk = Buffer.concat([...start, ...parts]);
    start = [];
    if (chunk.length > 0) yield chunk;
  }
}
