/** The whole product as one function from request to answer; the order of the plugins is on one screen. */
import { Elysia } from "elysia";
import { type ApiDeps, api, apiRoutes } from "./api/index.ts";
import { documentRoutes, openApiDocuments } from "./api/openapi.ts";
import type { Database } from "./db/client.ts";
import { type Assets, serveAssets } from "./http/answers/assets.ts";
import { answerErrors } from "./http/answers/errors.ts";
import { answerPageInTime, type PageTimeDeps } from "./http/answers/in-time.ts";
import { isPage, packPage } from "./http/answers/page-packing.ts";
import { problemResponse } from "./http/answers/problem.ts";
import { servePublicFiles } from "./http/answers/public-files.ts";
import { isApiRequest } from "./http/api-guard/require-api-key.ts";
import { noteRoutes } from "./http/api-guard/route-patterns.ts";
import { type RefusalDeps, settleRefusal } from "./http/api-guard/settle-refusal.ts";
import {
  beginContext,
  noRoute,
  type RequestContext,
  readGuardedPath,
  readRequestId,
} from "./http/context.ts";
import { leaveBody, mayLeaveBody } from "./http/left-body.ts";
import { methodOf } from "./http/methods.ts";
import { type MetricsDeps, metrics } from "./http/metrics.ts";
import { type OperationsDeps, operations } from "./http/operations.ts";
import { requireSameOrigin, secureHeaders } from "./http/page-guard/browser-guard.ts";
import { readRequest } from "./http/readable-request.ts";
import { type ClientAddressPolicy, resolveClientAddress } from "./lib/net/client-address.ts";
import type { Log } from "./log.ts";
import type { Metrics } from "./metrics/registry.ts";
import type { PageDeps } from "./pages/frame.ts";
import { pages } from "./pages/index.ts";

/** Everything the product is made of; `server.ts` and the tests put it together. */
export interface AppDeps
  extends ApiDeps,
    RefusalDeps,
    Omit<PageDeps, "assets" | "apiOperations">,
    OperationsDeps,
    MetricsDeps,
    PageTimeDeps {
  /** For what callers of the API write; what they read goes through `reads`. Nobody else waits for these. */
  readonly apiDb: Database;
  readonly assets: Assets;
  readonly version: string;
  readonly log: Log;
  /** Where every answer is counted. */
  readonly metrics: Pick<Metrics, "countAnswer">;
  readonly now: () => Date;
  readonly clientAddressPolicy: ClientAddressPolicy;
}

/** The product. */
export interface App {
  /** Answers one request; `peer` is the socket's other end. Never throws. */
  handle(request: Request, peer: string | undefined): Promise<Response>;
  /** Every registered route, for the tests that prove that it is closed. */
  readonly routes: readonly { readonly method: string; readonly path: string }[];
}

/** Puts the product together. Errors first, then the guards, then what they guard. */
export function createApp(deps: AppDeps): App {
  const layoutAssets = { href: deps.assets.href, version: deps.version };
  const apiDeps = { ...deps, db: deps.apiDb };
  const apiOperations = documentRoutes(apiRoutes(apiDeps));
  // By default the router takes hosts of less than four characters for a part of the path.
  const elysia = new Elysia({ handler: { standardHostname: false } })
    .use(answerErrors({ log: deps.log, assets: layoutAssets }))
    .use(requireSameOrigin(deps))
    .use(api(apiDeps))
    .use(noteRoutes())
    .use(openApiDocuments({ ...apiDeps, operations: apiOperations }))
    .use(pages({ ...deps, assets: layoutAssets, apiOperations }))
    .use(serveAssets(deps.assets))
    .use(servePublicFiles())
    .use(operations(deps))
    .use(metrics(deps));
  return {
    routes: elysia.routes,
    async handle(given, peer) {
      const readable = readRequest(given);
      const request = readable ?? given;
      const context = beginContext(request, {
        requestId: readRequestId(request),
        guardedPath: readable ? readGuardedPath(readable) : "",
        peer,
        receivedAt: deps.now(),
        startedMs: performance.now(),
        address: resolveClientAddress(deps.clientAddressPolicy, {
          peer,
          forwardedFor: () => request.headers.get("x-forwarded-for"),
        }),
        route: noRoute,
      });
      const answer = readable
        ? await answerPageInTime(
            deps,
            layoutAssets,
            readable,
            Promise.resolve(elysia.fetch(readable)),
          )
        : unreadableResponse(context);
      const settled = settleRefusal(deps, context, answer);
      const isApi = isApiRequest(request);
      const response = !isApi && isPage(settled) ? await packPage(request, settled) : settled;
      if (mayLeaveBody(request)) await leaveBody(request, response);
      finish(deps, { request, response, context, isApi, isReadable: readable !== undefined });
      return response;
    },
  };
}

function unreadableResponse({ requestId }: RequestContext): Response {
  return problemResponse({ status: 400, detail: "The Host header is not a host.", requestId });
}

/** What every answer gets at the end: headers, its line in the log, its place in the metrics. */
function finish(
  deps: AppDeps,
  done: {
    request: Request;
    response: Response;
    context: RequestContext;
    isApi: boolean;
    isReadable: boolean;
  },
): void {
  const { request, response, context, isApi, isReadable } = done;
  secureHeaders(response, { isApi, isHttps: deps.baseUrl().startsWith("https:") });
  response.headers.set("X-Request-Id", context.requestId);
  const expiration = context.checks?.key?.expiration;
  const isGood = context.refusal === undefined && context.limit === undefined;
  if (expiration !== undefined && isGood) {
    response.headers.set("CiviKey-Key-Expires", expiration.toISOString());
  }
  const { route, refusal } = context;
  const method = methodOf(request);
  const { status } = response;
  const ms = performance.now() - context.startedMs;
  // What could not be read is answered as the API answers, so it is counted there.
  const isApis = isApi || !isReadable;
  deps.metrics.countAnswer({ isApi: isApis, route, method, status, seconds: ms / 1000, refusal });
  deps.log.info(
    {
      requestId: context.requestId,
      method,
      route,
      status,
      ms: Math.round(ms * 100) / 100,
      clientIp: context.address,
      keyId: context.key,
      admin: context.session?.admin,
      viewed: context.viewed,
      reason: refusal,
      fingerprint: context.fingerprint,
      limit: context.limit,
    },
    "request",
  );
}
