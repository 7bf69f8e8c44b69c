/** `GET /api/v1/admin/programs/:programSlug/applications`: page by page as JSON, or whole as NDJSON or CSV. */
import type { Database } from "../db/client.ts";
import type { ApiReads } from "../db/reads/call-reads.ts";
import type { Gate } from "../db/reads/gate.ts";
import { getApplication } from "../domain/applications/list.ts";
import { continueListing, readApplicationListing } from "../domain/applications/list-parameters.ts";
import { createPageToken } from "../domain/applications/page-tokens.ts";
import { exportAll, readPage } from "../domain/applications/pages.ts";
import { chooseMediaType } from "../http/answers/negotiation.ts";
import { respondWithWritten } from "../http/answers/written.ts";
import { type ApiRoute, type ProgramCall, programRoute } from "../http/api-guard/routes.ts";
import { requireSafeStreaming } from "../http/proxied.ts";
import { borrowWriter, utf8 } from "../lib/json/byte-writer.ts";
import { formatInstant } from "../lib/time/instants.ts";
import { getDocs, listDocs } from "./application-docs.ts";
import { respondWithStream, streamTypes } from "./application-stream.ts";
import { respondWithJson } from "./json-answer.ts";
import { beginProgramReads, readOfApplication } from "./program-reads.ts";

/** What these routes need. */
export interface ApplicationsDeps {
  readonly reads: ApiReads;
  /** For what is written, when it is its turn. */
  readonly db: Database;
  readonly writeGate: Gate;
  readonly pageTokenKey: Uint8Array;
  readonly zone: string;
  readonly pageSizeMax: number;
  /** Origin of the public URL, for links. */
  readonly baseUrl: () => string;
}

const listStart = utf8('{"payload":[');

/** The routes of a program's applications. */
export function applicationRoutes(deps: ApplicationsDeps): ApiRoute[] {
  return [
    programRoute({
      method: "GET",
      path: "/admin/programs/:programSlug/applications",
      permission: "READ",
      docs: listDocs,
      handle: (call) => respondWithList(deps, call),
    }),
    programRoute({
      method: "GET",
      path: "/admin/programs/:programSlug/applications/:applicationId",
      permission: "READ",
      docs: getDocs,
      handle: (call) => respondWithOne(deps, call),
    }),
  ];
}

async function respondWithList(
  deps: ApplicationsDeps,
  call: ProgramCall<"READ">,
): Promise<Response> {
  const context = {
    tokenKey: deps.pageTokenKey,
    keyId: call.apiKey.keyId,
    programSlug: call.program.slug,
    zone: deps.zone,
    pageSizeMax: deps.pageSizeMax,
  };
  const listing = readApplicationListing(call.query, context);
  const reads = await beginProgramReads(deps.reads, call);
  const mediaType = chooseMediaType(call.request, ["application/json", ...streamTypes]);
  if (mediaType !== "application/json") requireSafeStreaming(call.request);
  const filter = { ...listing, program: call.program, zone: deps.zone };
  const headers = new Headers({ "Cache-Control": "no-store", Vary: "Accept, Accept-Encoding" });
  const stream = {
    read: reads.ofApplications,
    request: call.request,
    program: call.program,
    headers,
  };
  if (mediaType !== "application/json" && !listing.isPaged) {
    const { batches, modifiedUntil } = await exportAll(reads, filter);
    tellModifiedUntil(headers, modifiedUntil);
    return respondWithStream({ ...stream, mediaType, batches });
  }
  const page = await readPage(reads, filter);
  tellModifiedUntil(headers, page.modifiedUntil);
  let nextPageToken: string | null = null;
  if (page.hasMore && page.last !== null) {
    const token = continueListing(listing, { ...context, last: page.last });
    nextPageToken = createPageToken(deps.pageTokenKey, token);
    const path = new URL(call.request.url).pathname;
    headers.set("Link", `<${deps.baseUrl()}${path}?nextPageToken=${nextPageToken}>; rel="next"`);
  }
  if (mediaType !== "application/json") {
    return respondWithStream({ ...stream, mediaType, batches: [page.applications] });
  }
  headers.set("Content-Type", mediaType);
  // The applications are JSON texts already: parsing them to print them again would lose digits.
  const out = borrowWriter();
  out.writeBytes(listStart);
  page.applications.writeElements(out);
  out.writeText(`],"nextPageToken":${JSON.stringify(nextPageToken)}}`);
  return respondWithWritten(out, headers);
}

/** What a client that follows asks for the next time; in UTC, because the `+` of an offset gets lost in addresses. */
function tellModifiedUntil(headers: Headers, modifiedUntil: bigint | null): void {
  if (modifiedUntil === null) return;
  headers.set("CiviKey-Modified-Until", formatInstant(modifiedUntil, "UTC"));
}

async function respondWithOne(
  deps: ApplicationsDeps,
  call: ProgramCall<"READ">,
): Promise<Response> {
  const text = await readOfApplication(deps.reads, call, (db, of) =>
    getApplication(db, { ...of, zone: deps.zone }),
  );
  return respondWithJson(text);
}
