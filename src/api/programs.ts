/** `GET /api/v1/admin/programs`: the programs that a key has grants on. */
import type { ApiReads } from "../db/reads/call-reads.ts";
import { jsonDocs, type RouteDocs } from "../domain/openapi/operations.ts";
import { listGrantedPrograms } from "../domain/programs/granted.ts";
import { type ApiRoute, keyRoute } from "../http/api-guard/routes.ts";

/** What these routes need. */
export interface ProgramsDeps {
  readonly reads: ApiReads;
}

/** The routes about programs themselves. */
export function programRoutes(deps: ProgramsDeps): ApiRoute[] {
  return [
    keyRoute({
      method: "GET",
      path: "/admin/programs",
      docs: listDocs,
      async handle({ apiKey, request }) {
        const { ofState } = deps.reads.begin({ apiKeyId: apiKey.id, signal: request.signal });
        const programs = await ofState((db) => listGrantedPrograms(db, apiKey.grants));
        return Response.json({ programs }, { headers: { "Cache-Control": "no-store" } });
      },
    }),
  ];
}

const listDocs: RouteDocs = {
  operationId: "list_programs",
  summary: "List programs",
  description: "The programs the key has access to, by slug, with its permissions.",
  parameters: [],
  responses: { 200: jsonDocs("All of the key’s programs.", "programs") },
};
