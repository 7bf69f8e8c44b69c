/** What the pages of lists have in common: which page of the list an address asks for, and the list as a download. */
import { type Actor, type AuditedEvent, recordAuditEvent } from "../domain/access/audit/record.ts";
import { type Bytes, respondWithChunks } from "../http/answers/chunk-stream.ts";
import { getContext } from "../http/context.ts";
import { type CsvColumns, writeCsvHeader, writeCsvRows } from "../lib/csv.ts";
import { type Listing, readBatches, type SortPlace } from "../lib/keyset.ts";
import { localDate } from "../lib/time/times.ts";
import { type PageDeps, readId } from "./frame.ts";

/** The start of a page, from the address: `after` a place or `before` one. `read` gives undefined for an invalid one. */
export function readStart<Place>(query: URLSearchParams, read: (text: string) => Place | undefined) {
  const [after, before] = [query.get("after"), query.get("before")].map((text) => (text ? read(text) : undefined));
  return { after, before };
}

/** An order from an address: `name`, or `-name` the other way round; undefined if it is invalid. */
export function readOrder<By extends string>(
  text: string | null,
  names: readonly By[],
): { by: By; isDescending: boolean } | undefined {
  const by = names.find((known) => known === text?.replace(/^-/, ""));
  return by && { by, isDescending: text?.startsWith("-") === true };
}

/** A place in an order that people choose, from an address; undefined if it is invalid. */
export function readSortPlace(text: string): SortPlace | undefined {
  const [, digits = "", value = ""] = /^(\d+)\.(.*)$/s.exec(text) ?? [];
  const id = readId(digits);
  return id === undefined ? undefined : { id, value };
}

const batchRows = 500;

/** Answers with a whole list as CSV, and records in the audit log who downloaded what of it. */
export async function respondWithCsv<Row, Place>(
  deps: PageDeps,
  call: { request: Request; actor: Actor },
  list: {
    /** Such as `API keys`: also the name of the file. */
    name: string;
    /** The filters, for the audit log. */
    filter: Readonly<Record<string, string>>;
    listing: Listing<Row, Place>;
    columns: CsvColumns<Row>;
  },
): Promise<Response> {
  const { name, listing, columns } = list;
  await recordDownload(deps, call, "list.downloaded", { list: name, ...withoutEmpty(list.filter) });
  const { zone } = deps.rules;
  async function* write(): AsyncGenerator<Bytes> {
    yield Buffer.from(writeCsvHeader(columns));
    for await (const rows of readBatches(listing, batchRows)) yield Buffer.from(writeCsvRows(rows, columns, zone));
  }
  return respondWithFile(deps, call.request, {
    name: `${name.toLowerCase().replaceAll(" ", "-")}.csv`,
    contentType: "text/csv; charset=utf-8; header=present",
    chunks: write(),
  });
}

/** Records in the audit log who downloads what, unless only the headers are wanted. */
export async function recordDownload(
  deps: PageDeps,
  { request, actor }: { request: Request; actor: Actor },
  ...event: AuditedEvent
): Promise<void> {
  const { isHead, receivedAt: now } = getContext(request);
  if (!isHead) await recordAuditEvent(deps.db, { actor, now }, ...event);
}

/** Leaves out what was not given. */
export function withoutEmpty(filter: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== ""));
}

const heldBytesMax = 16 * 1024 * 1024;
/** How long after its arrival a file may still be held, in milliseconds: less than a page may take. */
const heldMs = 7_000;

/** Answers with a file to save; the day comes before its name. */
export function respondWithFile(
  deps: PageDeps,
  request: Request,
  { name, contentType, chunks }: { name: string; contentType: string; chunks: AsyncGenerator<Bytes> },
): Promise<Response> {
  const { receivedAt, startedMs } = getContext(request);
  const day = localDate(receivedAt, deps.rules.zone);
  const headers = new Headers({
    "Content-Type": contentType,
    "Content-Disposition": `attachment; filename="${day}-${name}"`,
    Vary: "Accept-Encoding",
    // nginx would keep what its client is too slow for in temporary files: personal data on a disk.
    "X-Accel-Buffering": "no",
  });
  const advice = "filter the list, so that it is shorter";
  const lateAt = startedMs + heldMs;
  return respondWithChunks({ request, headers, chunks, bytesMax: heldBytesMax, lateAt, advice });
}
