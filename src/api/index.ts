/** The JSON API: the guard first, then the routes, then 405 for their other methods. */
import { type AnyElysia, Elysia } from "elysia";
import { answerInTime } from "../http/answers/in-time.ts";
import { problemResponse } from "../http/answers/problem.ts";
import { type ApiKeyGuardDeps, requireApiKey } from "../http/api-guard/require-api-key.ts";
import type { ApiRoute } from "../http/api-guard/routes.ts";
import { getContext, type RoutePattern } from "../http/context.ts";
import { applicationStatusRoutes } from "./application-status.ts";
import { type ApplicationsDeps, applicationRoutes } from "./applications.ts";
import { checkAuthRoutes } from "./check-auth.ts";
import { erasedApplicationRoutes } from "./erased-applications.ts";
import { type OwnKeyDeps, ownKeyRoutes } from "./own-key.ts";
import { type ProgramsDeps, programRoutes } from "./programs.ts";
import { type SubmissionsDeps, submissionRoutes } from "./submissions.ts";

/** What the API needs. */
export type ApiDeps = ApiKeyGuardDeps & ApplicationsDeps & OwnKeyDeps & ProgramsDeps & SubmissionsDeps;

const prefix = "/api/v1";

/** Every route of the API; `api` mounts them, and the API's documents describe them. */
export function apiRoutes(deps: ApiDeps): ApiRoute[] {
  return [
    ...checkAuthRoutes(),
    ...ownKeyRoutes(deps),
    ...programRoutes(deps),
    ...applicationRoutes(deps),
    ...erasedApplicationRoutes(deps),
    ...applicationStatusRoutes(deps),
    ...submissionRoutes(deps),
  ];
}

/** Mounts every route of the API behind the guard. */
export function api(deps: ApiDeps) {
  const routes = apiRoutes(deps);
  const guarded = routes.map((route) => ({ ...route, pattern: prefix + route.path }));
  const app = new Elysia({ name: "api" }).use(requireApiKey(deps, guarded));
  for (const route of routes) mount(app, route);
  for (const [path, methods] of Map.groupBy(routes, (route) => route.path)) {
    app.all(`${prefix}${path}`, ({ request }) => refuseMethod(request, `${prefix}${path}`, methods), {
      parse: "none",
    });
  }
  return app;
}

function mount(app: AnyElysia, route: ApiRoute): void {
  const path = `${prefix}${route.path}`;
  app.route(
    route.method,
    path,
    // Elysia catches what an asynchronous handler throws only if it is declared `async`.
    async ({ request, params }) => {
      const context = getContext(request);
      context.route = path as RoutePattern;
      const answer = route.respond(request, params);
      const isReady = answer instanceof Response;
      return isReady || route.method !== "GET" ? answer : answerInTime(context, answer);
    },
    { parse: "none" },
  );
}

/** 405 with `Allow`, after authentication (RFC 9110, section 15.5.6). */
function refuseMethod(request: Request, path: string, routes: readonly ApiRoute[]): Response {
  const context = getContext(request);
  context.route = path as RoutePattern;
  const methods = routes.flatMap(({ method }) => (method === "GET" ? ["GET", "HEAD"] : [method]));
  return problemResponse({
    status: 405,
    detail: `${request.method} is not allowed here.`,
    requestId: context.requestId,
    headers: { Allow: [...new Set(methods)].join(", ") },
  });
}
