/** Applications as NDJSON or CSV, in constant memory, compressed on request, stopped when the caller leaves. */

import type { Read } from "../db/reads/call-reads.ts";
import type { GrantedProgram } from "../domain/access/grants.ts";
import { type CsvWriter, createProgramCsvWriter } from "../domain/applications/csv.ts";
import type { ServedApplications } from "../domain/applications/stored/served.ts";
import { type Bytes, streamChunks } from "../http/answers/chunk-stream.ts";
import { chooseEncoding, encodeStream, streamEncodings } from "../http/answers/negotiation.ts";

/** What a stream can be written as. */
export const streamTypes = ["application/x-ndjson", "text/csv"] as const;

/** Applications as the API serves them, so many at a time. */
type Batches = Iterable<ServedApplications> | AsyncIterable<ServedApplications>;

/** Answers with everything that `batches` gives; `headers` are those of the list. */
export async function respondWithStream(stream: {
  read: Read;
  request: Request;
  program: GrantedProgram<"READ">;
  mediaType: (typeof streamTypes)[number];
  batches: Batches;
  headers: Headers;
}): Promise<Response> {
  const { read, request, program, mediaType, batches, headers } = stream;
  const isCsv = mediaType === "text/csv";
  const chunks = isCsv
    ? writeCsv(batches, await read((db) => createProgramCsvWriter(db, program)))
    : writeNdjson(batches);
  headers.set("Content-Type", isCsv ? "text/csv; charset=utf-8; header=present" : mediaType);
  // nginx would keep what its client is too slow for in temporary files: personal data on a disk.
  headers.set("X-Accel-Buffering", "no");
  const encoding = chooseEncoding(request, streamEncodings);
  if (encoding !== "identity") headers.set("Content-Encoding", encoding);
  return new Response(encodeStream(await streamChunks(chunks), encoding), { headers });
}

async function* writeNdjson(batches: Batches): AsyncGenerator<Bytes> {
  for await (const batch of batches) {
    if (batch.count > 0) yield batch.toLines();
  }
}

async function* writeCsv(batches: Batches, csv: CsvWriter): AsyncGenerator<Bytes> {
  const encoder = new TextEncoder();
  // Header and first rows together: what fails at once is an error and not half an answer.
  let head = csv.header;
  for await (const batch of batches) {
    yield encoder.encode(head + csv.writeRows(batch.toStrings()));
    head = "";
  }
  if (head !== "") yield encoder.encode(head);
}
