/** Reads what a caller asks of an application list: query parameters, alone or beside a page token. */
import { DomainError } from "../../lib/errors.ts";
import { parseQueryTime } from "../../lib/time/times.ts";
import { type PagePosition, type PageToken, readPageToken } from "./page-tokens.ts";

/** Which submitted applications, and how many of them at a time. */
export interface ApplicationListing {
  /** Epoch microseconds, inclusive. */
  readonly fromTime: bigint | null;
  /** Epoch microseconds, exclusive. */
  readonly toTime: bigint | null;
  readonly revisionState: "CURRENT" | "OBSOLETE" | null;
  readonly pageSize: number;
  /** Whether the caller asked for a page: a stream gives everything otherwise. */
  readonly isPaged: boolean;
  /** Epoch microseconds, inclusive; with it the list is in the order of modification. */
  readonly modifiedSince: bigint | null;
  /** Where the page before ended; null on the first one. */
  readonly last: PagePosition | null;
}

/** What the listing is bound to. */
export interface ListingContext {
  readonly tokenKey: Uint8Array;
  readonly keyId: string;
  readonly programSlug: string;
  readonly zone: string;
  readonly pageSizeMax: number;
}

/** The parameters that a page token is bound to, in the order in which they are compared. */
const filterNames = ["fromDate", "toDate", "modifiedSince", "revisionState", "pageSize"] as const;

/**
 * Reads the parameters. Throws `invalid` with CiviForm's texts. What is left out beside a token
 * comes from it; what is given must be equal: times as instants, page sizes after clamping.
 */
export function readApplicationListing(query: URLSearchParams, context: ListingContext): ApplicationListing {
  // Many clients send an empty token for the first page.
  const token = readToken(readOnce(query, "nextPageToken") || undefined, context);
  const given = {
    fromDate: readTime(query, "fromDate", context.zone),
    toDate: readTime(query, "toDate", context.zone),
    modifiedSince: readTime(query, "modifiedSince", context.zone),
    revisionState: readRevisionState(query),
    pageSize: readPageSize(query, context.pageSizeMax),
  };
  if (token === undefined) {
    return {
      fromTime: given.fromDate ?? null,
      toTime: given.toDate ?? null,
      modifiedSince: given.modifiedSince ?? null,
      revisionState: given.revisionState ?? null,
      pageSize: given.pageSize ?? context.pageSizeMax,
      isPaged: given.pageSize !== undefined,
      last: null,
    };
  }
  const promised = {
    fromDate: readPromisedTime(token.fromTime),
    toDate: readPromisedTime(token.toTime),
    modifiedSince: readPromisedTime(token.modifiedSince),
    revisionState: token.revisionState,
    pageSize: token.pageSize,
  };
  for (const name of filterNames) {
    if (given[name] !== undefined && given[name] !== promised[name]) {
      throw invalid(`Request parameters must match pagination token: ${name}`);
    }
  }
  return {
    fromTime: promised.fromDate,
    toTime: promised.toDate,
    modifiedSince: promised.modifiedSince,
    revisionState: promised.revisionState,
    pageSize: Math.min(promised.pageSize, context.pageSizeMax),
    isPaged: true,
    last: token.last,
  };
}

/** The token that continues a listing after the last application of its page. */
export function continueListing(
  listing: ApplicationListing,
  context: ListingContext & { last: PagePosition },
): PageToken {
  return {
    keyId: context.keyId,
    programSlug: context.programSlug,
    fromTime: listing.fromTime?.toString() ?? null,
    toTime: listing.toTime?.toString() ?? null,
    modifiedSince: listing.modifiedSince?.toString() ?? null,
    revisionState: listing.revisionState,
    pageSize: listing.pageSize,
    last: context.last,
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

function readTime(query: URLSearchParams, name: string, zone: string): bigint | undefined {
  const text = readOnce(query, name);
  if (text === undefined) return undefined;
  // A blank before an offset is a `+` that the caller did not encode.
  const time = parseQueryTime(text.replace(/ (?=\d{2}:\d{2}$)/, "+"), zone);
  if (time === undefined) throw invalid(`Malformed query param: ${name}`);
  return time;
}

function readPromisedTime(text: string | null): bigint | null {
  return text === null ? null : BigInt(text);
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
