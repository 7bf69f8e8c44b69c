/** Applications as NDJSON or CSV, in constant memory, compressed on request, stopped when the caller leaves. */
import type { CallReads } from "../db/reads/call-reads.ts";
import type { GrantedProgram } from "../domain/access/grants.ts";
import { createCsvWriter } from "../domain/applications/csv.ts";
import { createServedWriter, pageBytesMax, type RowWriter } from "../domain/applications/stored/served.ts";
import { type Bytes, streamChunks } from "../http/answers/chunk-stream.ts";
import { chooseEncoding, encodeStream, streamEncodings } from "../http/answers/negotiation.ts";
import { DomainError } from "../lib/errors.ts";

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
 * Answers with everything that `batches` gives; `headers` are those of the list. A connection that ends with the answer
 * gets it with its length: in HTTP/1.0, which nginx speaks by default and Bun does not tell from HTTP/1.1, nothing
 * else shows that a part is missing. Throws `invalid` when that takes more than a page may.
 */
export async function respondWithStream(stream: {
  request: Request;
  headers: Headers;
  writer: StreamWriter;
  batches: Iterable<readonly Uint8Array[]> | AsyncIterable<readonly Uint8Array[]>;
  /** A page is in memory already, whatever its last application has made of it. */
  isPage: boolean;
}): Promise<Response> {
  const { request, headers, writer, batches, isPage } = stream;
  headers.set("Content-Type", writer.contentType);
  const encoding = chooseEncoding(request, streamEncodings);
  if (encoding !== "identity") headers.set("Content-Encoding", encoding);
  const chunks = joinBatches(batches, Buffer.from(writer.header));
  const body = encodeStream(await streamChunks(chunks), encoding);
  return new Response(
    endsConnection(request) ? await readWhole(body, isPage ? Number.POSITIVE_INFINITY : pageBytesMax) : body,
    { headers },
  );
}

function endsConnection({ headers }: Request): boolean {
  const options = (headers.get("connection") ?? "").toLowerCase().split(",");
  return options.some((option) => option.trim() === "close");
}

async function readWhole(body: ReadableStream<Bytes>, bytesMax: number): Promise<Bytes> {
  const pieces: Bytes[] = [];
  let length = 0;
  for await (const piece of body) {
    pieces.push(piece);
    length += piece.length;
    if (length > bytesMax) throw new DomainError("invalid", streamTooLong);
  }
  return Buffer.concat(pieces);
}

const streamTooLong =
  "With `Connection: close`, a part of a stream this long could look complete. Keep the connection open, or request" +
  ' pages with `pageSize`. In nginx, set `proxy_http_version 1.1; proxy_set_header Connection "";`.';

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
