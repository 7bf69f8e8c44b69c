/** The only page that shows a key's credentials: the answer to the request that created it. */

import type { NewCredentials } from "../../domain/access/credentials.ts";
import type { ApiKey } from "../../domain/access/keys/find.ts";
import { credentialsPage } from "../../views/keys/credentials.tsx";
import { framePage, type PageDeps, respondWithHtml } from "../frame.ts";

/** 201 with the credentials, kept out of every cache. */
export function respondWithCredentials(
  deps: PageDeps,
  request: Request,
  made: { apiKey: ApiKey; credentials: NewCredentials; predecessor?: ApiKey },
): Response {
  const page = framePage(deps, request);
  return respondWithHtml(credentialsPage({ page, ...made, baseUrl: deps.baseUrl() }), {
    status: 201,
    headers: { "Cache-Control": "no-store" },
  });
}
