/** `GET /api/v1/checkAuth`: tells an integrator that the credentials are good. */
import { type ApiRoute, keyRoute } from "../http/api-guard/routes.ts";

/** 200 with an empty body for any key that passes rules 1 to 7 (spec 4). */
export function checkAuthRoutes(): ApiRoute[] {
  return [
    keyRoute({
      method: "GET",
      path: "/checkAuth",
      docs: {
        operationId: "check_auth",
        summary: "Check credentials",
        description: "Tells that the credentials are good, and nothing else.",
        parameters: [],
        responses: { 200: { description: "The credentials are good. The answer is empty." } },
      },
      handle: () => new Response("", { headers: { "Cache-Control": "no-store" } }),
    }),
  ];
}
