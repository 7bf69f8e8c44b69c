/** What a listing gives, page by page or whole: by id, or what was modified in that order. */
import type { Database } from "../../db/client.ts";
import type { CallReads } from "../../db/reads/call-reads.ts";
import type { GrantedProgram } from "../access/grants.ts";
import { type FoundRows, listApplications, type PageRequest, positionOf } from "./list.ts";
import { listModifiedApplications } from "./list-modified.ts";
import type { ApplicationListing } from "./list-parameters.ts";
import type { PagePosition } from "./page-tokens.ts";
import { pageBytesMax, type RowWriter } from "./stored/served.ts";

/** A listing of one program. */
type ProgramListing = ApplicationListing & { program: GrantedProgram<"READ"> };

/** One page, as it is sent. */
export interface Page {
  readonly parts: readonly Uint8Array[];
  readonly hasMore: boolean;
  /** Where the next page goes on; null on an empty page. */
  readonly last: PagePosition | null;
  /** Of a listing by modification: see `ModifiedRows`. */
  readonly modifiedUntil: bigint | null;
}

/** Of a batch of a stream. Larger ones are hardly faster, and take more memory. */
const batchRows = 500;
const batchBytesMax = 1024 * 1024;

/** The page of `pageSize` applications that the listing asks for. */
export function readPage(reads: CallReads, listing: ProgramListing, writer: RowWriter): Promise<Page> {
  const size = { limit: listing.pageSize, bytesMax: pageBytesMax };
  return readOn(reads, listing, { ...size, last: listing.last, writer });
}

/**
 * Everything from there on, a batch of parts at a time: constant memory, and no query is left behind when the
 * reader stops. Each batch is a query of its own that starts where the last one ended: nothing is held open
 * in the database while the reader is slow. One batch is read ahead.
 */
export async function exportAll(
  reads: CallReads,
  listing: ProgramListing,
  writer: RowWriter,
): Promise<{ batches: AsyncGenerator<readonly Uint8Array[]>; modifiedUntil: bigint | null }> {
  const size = { limit: batchRows, bytesMax: batchBytesMax };
  const next = (last: PagePosition | null) => readOn(reads, listing, { ...size, last, writer });
  const first = await next(listing.last);
  return { batches: readAhead(first, next), modifiedUntil: first.modifiedUntil };
}

async function* readAhead(
  first: Page,
  next: (last: PagePosition | null) => Promise<Page>,
): AsyncGenerator<readonly Uint8Array[]> {
  let ahead: Promise<Page> | undefined = Promise.resolve(first);
  while (ahead !== undefined) {
    const page: Page = await ahead;
    ahead = page.hasMore ? next(page.last) : undefined;
    // A failure is thrown where it is awaited; until then it is not an unhandled one.
    ahead?.catch(() => undefined);
    yield page.parts;
  }
}

async function readOn(
  reads: CallReads,
  listing: ProgramListing,
  page: Pick<PageRequest, "limit" | "bytesMax" | "last"> & { writer: RowWriter },
): Promise<Page> {
  const { modifiedSince, program } = listing;
  const request = { ...listing, ...page, programId: program.programId, columns: page.writer.columns };
  if (modifiedSince === null) {
    return reads.ofApplications(async (db) => {
      const written = await write(db, await listApplications(db, request), page);
      return { ...written, modifiedUntil: null };
    });
  }
  return reads.ofState(async (db) => {
    const found = await listModifiedApplications(db, { ...request, modifiedSince });
    return { ...(await write(db, found, page)), modifiedUntil: found.modifiedUntil };
  });
}

async function write(
  db: Database,
  { rows, hasMore }: FoundRows,
  { writer, bytesMax }: { writer: RowWriter; bytesMax: number },
): Promise<Omit<Page, "modifiedUntil">> {
  const { parts, count } = await writer.write(db, rows, bytesMax);
  const last = rows[count - 1];
  return {
    parts,
    hasMore: hasMore || count < rows.length,
    last: last === undefined ? null : positionOf(last),
  };
}
