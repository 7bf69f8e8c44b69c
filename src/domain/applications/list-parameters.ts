/** Reads what a caller asks of an application list: query parameters, alone or beside a page token. */
import { DomainError } from "../../lib/errors.ts";
import { parseQueryTime } from "../../lib/time/times.ts";
import { type ListingChoices, type PagePosition, type PageToken, readPageToken } from "./page-tokens.ts";

/** Which submitted applications, and how many of them at a time. */
export interface ApplicationListing extends ListingChoices {
  /** Whether the caller asked for a page: a stream gives everything otherwise. */
  readonly isPaged: boolean;
  /** Where the page before ended; null on the first one. */
  readonly last: PagePosition | null;
}

/** What the listing is bound to. */
interface ListingContext {
  readonly tokenKey: Uint8Array;
  readonly keyId: string;
  readonly programSlug: string;
  readonly zone: string;
  readonly pageSizeMax: number;
}

/**
 * Reads the parameters. Throws `invalid` with CiviForm's texts. What is left out beside a token
 * comes from it; what is given must be equal: times as instants, page sizes after clamping.
 */
export function readApplicationListing(query: URLSearchParams, context: ListingContext): ApplicationListing {
  const { zone, pageSizeMax } = context;
  // Many clients send an empty token for the first page.
  const token = readToken(readOnce(query, "nextPageToken") || undefined, context);
  const given = {
    fromDate: readQueryTime(query, "fromDate", zone),
    toDate: readQueryTime(query, "toDate", zone),
    modifiedSince: readQueryTime(query, "modifiedSince", zone),
    revisionState: readRevisionState(query),
    pageSize: readPageSize(query, pageSizeMax),
  };
  const choose = <T>(name: keyof typeof given, wanted: T | undefined, promised: T | undefined, otherwise: T): T => {
    if (token === undefined) return wanted ?? otherwise;
    if (wanted === undefined || wanted === promised) return promised ?? otherwise;
    throw invalid(`Request parameters must match pagination token: ${name}`);
  };
  return {
    fromTime: choose("fromDate", given.fromDate, token?.fromTime, null),
    toTime: choose("toDate", given.toDate, token?.toTime, null),
    modifiedSince: choose("modifiedSince", given.modifiedSince, token?.modifiedSince, null),
    revisionState: choose("revisionState", given.revisionState, token?.revisionState, null),
    pageSize: Math.min(choose("pageSize", given.pageSize, token?.pageSize, pageSizeMax), pageSizeMax),
    isPaged: token !== undefined || given.pageSize !== undefined,
    last: token?.last ?? null,
  };
}

function readToken(text: string | undefined, context: ListingContext): PageToken | undefined {
  if (text === undefined) return undefined;
  const token = readPageToken(context.tokenKey, context.keyId, text);
  if (token === undefined) throw invalid("Page token is invalid.");
  if (token.programSlug !== context.programSlug) {
    throw invalid("Pagination token does not match requested resource.");
  }
  return token;
}

/** Reads a parameter that is a time, as epoch microseconds; undefined without one. Throws `invalid` with CiviForm's text. */
export function readQueryTime(query: URLSearchParams, name: string, zone: string): bigint | undefined {
  const text = readOnce(query, name);
  if (text === undefined) return undefined;
  // A blank before an offset is a `+` that the caller did not encode.
  const time = parseQueryTime(text.replace(/ (?=\d{2}:\d{2}$)/, "+"), zone);
  if (time === undefined) throw invalid(`Malformed query param: ${name}`);
  return time;
}

function readRevisionState(query: URLSearchParams): "CURRENT" | "OBSOLETE" | undefined {
  const text = readOnce(query, "revisionState");
  if (text === undefined || text === "CURRENT" || text === "OBSOLETE") return text;
  throw invalid(`Invalid revision state parameter: ${text}`);
}

function readPageSize(query: URLSearchParams, max: number): number | undefined {
  const text = readOnce(query, "pageSize");
  if (text === undefined) return undefined;
  const size = /^\d+$/.test(text) ? Number(text) : 0;
  if (size < 1) throw invalid("Malformed query param: pageSize");
  return Math.min(size, max);
}

/** A parameter that may stand once: which of two would count is a guess that nobody should make. */
function readOnce(query: URLSearchParams, name: string): string | undefined {
  const values = query.getAll(name);
  if (values.length > 1) throw invalid(`Repeated query param: ${name}`);
  return values[0];
}

function invalid(detail: string): DomainError {
  return new DomainError("invalid", detail);
}
