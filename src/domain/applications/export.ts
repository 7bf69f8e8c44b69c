/** Whole lists of applications as NDJSON or CSV, in constant memory. */
import type { CallReads } from "../../db/reads/call-reads.ts";
import type { GrantedProgram } from "../access/grants.ts";
import { createCsvWriter } from "./csv.ts";
import { createServedWriter, type RowWriter } from "./stored/served.ts";

/** What a stream can be written as. */
export const streamTypes = ["application/x-ndjson", "text/csv"] as const;

/** Writes rows of a list in the format of a stream. */
export interface StreamWriter extends RowWriter {
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

/** The header and the first rows come together: what fails at once is an error, and not half an answer. */
export async function* joinBatches(
  { header }: StreamWriter,
  batches: Iterable<readonly Uint8Array[]> | AsyncIterable<readonly Uint8Array[]>,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  let start: Uint8Array[] = [Buffer.from(header)];
  for await (const parts of batches) {
    const chunk = Buffer.concat([...start, ...parts]);
    start = [];
    if (chunk.length > 0) yield chunk;
  }
}
