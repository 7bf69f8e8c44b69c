/** `GET /api/v1/admin/programs/:programSlug/applications`: page by page as JSON, or whole as NDJSON or CSV. */
import type { Database } from "../db/client.ts";
import type { ApiReads } from "../db/reads/call-reads.ts";
import type { Gate } from "../db/reads/gate.ts";
import { openStreamWriter, streamTypes } from "../domain/applications/export.ts";
import { readApplicationListing } from "../domain/applications/list-parameters.ts";
import { createPageToken } from "../domain/applications/page-tokens.ts";
import { exportAll, type Page, readPage } from "../domain/applications/pages.ts";
import { createServedWriter, getApplication } from "../domain/applications/stored/served.ts";
import { chooseMediaType } from "../http/answers/negotiation.ts";
import { type ApiRoute, type ProgramCall, programRoute } from "../http/api-guard/routes.ts";
import { getContext } from "../http/context.ts";
import { formatInstant } from "../lib/time/instants.ts";
import { getDocs, listDocs } from "./application-docs.ts";
import { respondWithStream } from "./application-stream.ts";
import { respondWithJson } from "./json-answer.ts";
import { beginProgramReads, readOfApplication } from "./program-reads.ts";

/** How long after its arrival a whole export may still be held, in milliseconds: less than a call may take. */
const heldMs = 4_500;

/** What these routes need. */
export interface ApplicationsDeps {
  readonly reads: ApiReads;
  /** For what is written, when it is its turn. */
  readonly db: Database;
  readonly writeGate: Gate;
  readonly pageTokenKey: Uint8Array;
  readonly zone: string;
  readonly pageSizeMax: number;
  /** How many bytes a key may have stored in a day; 0 is no limit. */
  readonly writeBytesPerDay: number;
  /** Origin of the public URL, for links. */
  readonly baseUrl: () => string;
}

const listStart = Buffer.from('{"payload":[');

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

async function respondWithList(deps: ApplicationsDeps, call: ProgramCall<"READ">): Promise<Response> {
  const { program, request } = call;
  const context = {
    tokenKey: deps.pageTokenKey,
    keyId: call.apiKey.keyId,
    programSlug: program.slug,
    zone: deps.zone,
    pageSizeMax: deps.pageSizeMax,
  };
  const listing = { ...readApplicationListing(call.query, context), program };
  const reads = await beginProgramReads(deps.reads, call);
  const headers = new Headers({ "Cache-Control": "no-store", Vary: "Accept, Accept-Encoding" });
  // nginx would keep what its client is too slow for in temporary files: personal data on a disk.
  headers.set("X-Accel-Buffering", "no");
  const tell = (page: Pick<Page, "last" | "hasMore" | "modifiedUntil">): string | null => {
    tellModifiedUntil(headers, page.modifiedUntil);
    if (!page.hasMore || page.last === null) return null;
    const nextPageToken = createPageToken(deps.pageTokenKey, { ...listing, ...context, last: page.last });
    const path = new URL(request.url).pathname;
    headers.set("Link", `<${deps.baseUrl()}${path}?nextPageToken=${nextPageToken}>; rel="next"`);
    return nextPageToken;
  };
  const mediaType = chooseMediaType(request, ["application/json", ...streamTypes]);
  if (mediaType === "application/json") {
    const page = await readPage(reads, listing, createServedWriter(program, ","));
    const listEnd = `],"nextPageToken":${JSON.stringify(tell(page))}}`;
    headers.set("Content-Type", mediaType);
    // The last comma goes.
    const parts = [listStart, ...page.parts.slice(0, -1), Buffer.from(listEnd)];
    return new Response(new Blob(parts), { headers });
  }
  const lateAt = getContext(request).startedMs + heldMs;
  const writer = await openStreamWriter(reads, mediaType, { program, zone: deps.zone });
  if (listing.isPaged) {
    const page = await readPage(reads, listing, writer);
    tell(page);
    return respondWithStream({ request, headers, writer, batches: [page.parts], isPage: true, lateAt });
  }
  const { batches, modifiedUntil } = await exportAll(reads, listing, writer);
  tellModifiedUntil(headers, modifiedUntil);
  return respondWithStream({ request, headers, writer, batches, isPage: false, lateAt });
}

/** What a client that follows asks for the next time; in UTC, because the `+` of an offset gets lost in addresses. */
function tellModifiedUntil(headers: Headers, modifiedUntil: bigint | null): void {
  if (modifiedUntil === null) return;
  headers.set("CiviKey-Modified-Until", formatInstant(modifiedUntil, "UTC"));
}

async function respondWithOne(deps: ApplicationsDeps, call: ProgramCall<"READ">): Promise<Response> {
  return respondWithJson(await readOfApplication(deps.reads, call, getApplication));
}
