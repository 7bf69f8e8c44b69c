/** `GET /api/v1/admin/programs/:programSlug/applications`: the list, page by page (spec 4). */
import type { Database } from "../db/client.ts";
import { continueListing, readApplicationListing } from "../domain/application-listing.ts";
import { listApplications } from "../domain/applications.ts";
import { createPageToken } from "../domain/page-tokens.ts";
import { requireActiveProgram } from "../domain/programs.ts";
import { type ApiRoute, type ProgramCall, programRoute } from "../http/api-routes.ts";

/** What these routes need. */
export interface ApplicationsDeps {
  readonly db: Database;
  readonly pageTokenKey: Uint8Array;
  readonly zone: string;
  readonly pageSizeMax: number;
  /** Origin of the public URL, for links. */
  readonly baseUrl: () => string;
}

/** The routes of a program's applications. */
export function applicationRoutes(deps: ApplicationsDeps): ApiRoute[] {
  return [
    programRoute({
      method: "GET",
      path: "/admin/programs/:programSlug/applications",
      permission: "READ",
      handle: (call) => respondWithPage(deps, call),
    }),
  ];
}

async function respondWithPage(
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
  await requireActiveProgram(deps.db, call.program);
  const page = await listApplications(deps.db, {
    program: call.program,
    ...listing,
    limit: listing.pageSize,
    zone: deps.zone,
  });
  const headers = new Headers({ "Content-Type": "application/json", "Cache-Control": "no-store" });
  let nextPageToken: string | null = null;
  if (page.hasMore && page.lastApplicationId !== null) {
    const { lastApplicationId } = page;
    const token = continueListing(listing, { ...context, lastApplicationId });
    nextPageToken = createPageToken(deps.pageTokenKey, token);
    const path = new URL(call.request.url).pathname;
    headers.set("Link", `<${deps.baseUrl()}${path}?nextPageToken=${nextPageToken}>; rel="next"`);
  }
  // The applications are JSON texts already: parsing them to print them again would lose digits.
  const payload = page.applications.join(",");
  return new Response(`{"payload":[${payload}],"nextPageToken":${JSON.stringify(nextPageToken)}}`, {
    headers,
  });
}
