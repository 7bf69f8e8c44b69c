/** `GET /api/v1/admin/programs`: the programs that a key holds a grant on (spec 4). */
import type { Database } from "../db/client.ts";
import { listGrantedPrograms } from "../domain/programs.ts";
import { type ApiRoute, keyRoute } from "../http/api-routes.ts";

/** What these routes need. */
export interface ProgramsDeps {
  readonly db: Database;
}

/** The routes about programs themselves. */
export function programRoutes(deps: ProgramsDeps): ApiRoute[] {
  return [
    keyRoute({
      method: "GET",
      path: "/admin/programs",
      async handle({ apiKey }) {
        const programs = await listGrantedPrograms(deps.db, apiKey.grants);
        return Response.json({ programs }, { headers: { "Cache-Control": "no-store" } });
      },
    }),
  ];
}
