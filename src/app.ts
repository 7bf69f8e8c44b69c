/** The whole product as one function from request to answer. The order of its parts fits on one screen. */
import { Elysia } from "elysia";
import { type ApiDeps, api, apiRoutes } from "./api/index.ts";
import { documentRoutes, openApiDocuments } from "./api/openapi.ts";
import type { Database } from "./db/client.ts";
import type { Operation } from "./domain/openapi/operations.ts";
import { type Assets, serveAssets } from "./http/answers/assets.ts";
import { answerErrors } from "./http/answers/errors.ts";
import { answerPageInTime, type PageTimeDeps } from "./http/answers/in-time.ts";
import { isPage, packPage } from "./http/answers/page-packing.ts";
import { problemResponse } from "./http/answers/problem.ts";
import { servePublicFiles } from "./http/answers/public-files.ts";
import { limitHeaders } from "./http/api-guard/rate-limit.ts";
import { noteRoutes } from "./http/api-guard/route-patterns.ts";
import { type RefusalDeps, settleRefusal } from "./http/api-guard/settle-refusal.ts";
import {
  beginContext,
  getContext,
  isApiRequest,
  noRoute,
  type RequestContext,
  readGuardedPath,
  readRequestId,
} from "./http/context.ts";
import { leaveBody, mayLeaveBody } from "./http/left-body.ts";
import { asGet, methodOf } from "./http/methods.ts";
import { type MetricsDeps, metrics } from "./http/metrics.ts";
import { type OperationsDeps, operations } from "./http/operations.ts";
import { requireSameOrigin, secureHeaders } from "./http/page-guard/browser-guard.ts";
import { readRequest } from "./http/readable-request.ts";
import { type ClientAddressPolicy, resolveClientAddress } from "./lib/net/client-address.ts";
import { readTrace } from "./lib/net/trace-context.ts";
import type { Log } from "./log.ts";
import type { Metrics } from "./metrics/registry.ts";
import type { PageDeps } from "./pages/frame.ts";
import { pages } from "./pages/index.ts";

/** What the product needs; `instance/services.ts` makes it. */
export interface AppServices
  extends ApiDeps,
    RefusalDeps,
    Omit<PageDeps, "apiOperations">,
    OperationsDeps,
    MetricsDeps,
    PageTimeDeps {
  /** For what callers of the API write. What they read goes through `reads`, so that neither waits for the other. */
  readonly apiDb: Database;
  readonly assets: Assets & PageDeps["assets"];
  readonly version: string;
  /** Where every answer is counted. */
  readonly metrics: Pick<Metrics, "countAnswer">;
  readonly log: Log;
  readonly now: () => Date;
  readonly clientAddressPolicy: ClientAddressPolicy;
  /** How long the rest of a body may take that nobody reads; a tenth of a second unless a test is more patient. */
  readonly leftBodyWithinMs?: number;
}

/** The product. */
export interface App {
  /** Answers one request; `peer` is the other end of the socket. Never throws. */
  handle(request: Request, peer: string | undefined): Promise<Response>;
  /** Every registered route, for the tests that prove that it is closed. */
  readonly routes: readonly { readonly method: string; readonly path: string }[];
  /** The routes of the API, as its documents describe them. */
  readonly operations: readonly Operation[];
}

/** Puts the product together: the way of every request, from its arrival to its line in the log. */
export function createApp(services: AppServices): App {
  const operations = documentRoutes(apiRoutes({ ...services, db: services.apiDb }));
  const router = createRouter(services, operations);
  return {
    routes: router.routes,
    operations,
    async handle(given, peer) {
      const readable = readRequest(given);
      const request = readable ?? given;
      const context = begin(services, request, { peer, isReadable: readable !== undefined });
      const answer = readable
        ? await answerPageInTime(services, readable, route(router, readable, context))
        : refuseUnreadable(context);
      const settled = settleRefusal(services, context, answer);
      const response = isPage(settled) ? await packPage(request, settled) : settled;
      if (mayLeaveBody(request)) await leaveBody(request, response, services.leftBodyWithinMs);
      addHeaders(services, request, response);
      record(services, request, response);
      return response;
    },
  };
}

/** The router would read the whole body to tell HEAD its length: an export of gigabytes. */
function route(router: ReturnType<typeof createRouter>, request: Request, context: RequestContext) {
  if (request.method !== "HEAD") return router.fetch(request);
  const get = asGet(request);
  beginContext(get, context);
  return router.fetch(get);
}

/** Every route. Errors first, then the guards, then what they guard. */
function createRouter(services: AppServices, apiOperations: readonly Operation[]) {
  const apiServices = { ...services, db: services.apiDb };
  // By default the router takes hosts of less than four characters for a part of the path.
  return new Elysia({ handler: { standardHostname: false } })
    .use(answerErrors(services))
    .use(requireSameOrigin(services))
    .use(api(apiServices))
    .use(noteRoutes())
    .use(openApiDocuments({ ...apiServices, operations: apiOperations }))
    .use(pages({ ...services, apiOperations }))
    .use(serveAssets(services.assets))
    .use(servePublicFiles())
    .use(operations(services))
    .use(metrics(services));
}

function begin(
  { now, clientAddressPolicy }: AppServices,
  request: Request,
  { peer, isReadable }: { peer: string | undefined; isReadable: boolean },
): RequestContext {
  return beginContext(request, {
    requestId: readRequestId(request),
    trace: readTrace(request.headers.get("traceparent")),
    guardedPath: isReadable ? readGuardedPath(request) : "",
    isHead: request.method === "HEAD",
    peer,
    receivedAt: now(),
    startedMs: performance.now(),
    address: resolveClientAddress(clientAddressPolicy, {
      peer,
      forwardedFor: () => request.headers.get("x-forwarded-for"),
    }),
    route: noRoute,
    setCookies: [],
  });
}

function refuseUnreadable({ requestId }: RequestContext): Response {
  return problemResponse({ status: 400, detail: "The Host header is not a host.", requestId });
}

function addHeaders({ baseUrl, limits }: AppServices, request: Request, { headers }: Response): void {
  const { requestId, checks, refusal, limit, setCookies } = getContext(request);
  const isHttps = baseUrl().startsWith("https:");
  secureHeaders(headers, { isApi: isApiRequest(request), isHttps });
  headers.set("X-Request-Id", requestId);
  for (const line of setCookies) headers.append("Set-Cookie", line);
  // A refusal says nothing of the key, not even that there is one.
  if (checks?.key === undefined || refusal !== undefined || limit !== undefined) return;
  headers.set("CiviKey-Key-Expires", checks.key.expiration.toISOString());
  const left = limits.readLeft(checks.key);
  if (left === undefined) return;
  for (const [name, value] of Object.entries(limitHeaders(left))) headers.set(name, value);
}

/** Counts an answer, and the grant it was given by, and writes its line in the log. */
function record({ metrics, usage, log }: AppServices, request: Request, { status }: Response): void {
  const context = getContext(request);
  const { requestId, route, refusal, startedMs, key, grant } = context;
  if (key && grant) usage.recordGrant({ ...grant, apiKeyId: key.id, at: context.receivedAt });
  const method = methodOf(request);
  const ms = performance.now() - startedMs;
  // A request that could not be read is answered as the API answers, so it is counted there.
  const isApi = isApiRequest(request) || context.guardedPath === "";
  metrics.countAnswer({ isApi, route, method, status, seconds: ms / 1000, refusal });
  log.info(
    {
      requestId,
      traceId: context.trace?.id,
      method,
      route,
      status,
      ms: Math.round(ms * 100) / 100,
      clientIp: context.address,
      keyId: key,
      admin: context.session?.person,
      signIn: context.signIn?.outcome,
      account: context.signIn?.account,
      viewed: context.viewed,
      reason: refusal,
      fingerprint: context.fingerprint,
      limit: context.limit,
    },
    "request",
  );
}
