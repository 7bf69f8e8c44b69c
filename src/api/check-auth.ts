/** `GET /api/v1/checkAuth`: checks whether the credentials work. */
import { type ApiRoute, keyRoute } from "../http/api-guard/routes.ts";

/** 200 with an empty body for any key that may make calls. */
export function checkAuthRoutes(): ApiRoute[] {
  return [
    keyRoute({
      method: "GET",
      path: "/checkAuth",
      docs: {
        operationId: "check_auth",
        summary: "Check credentials",
        description: "Checks that the credentials work.",
        parameters: [],
        responses: { 200: { description: "The credentials work. The body is empty." } },
      },
      handle: () => new Response("", { headers: { "Cache-Control": "no-store" } }),
    }),
  ];
}
