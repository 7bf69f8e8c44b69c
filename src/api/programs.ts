/** `GET /api/v1/admin/programs`: the programs that a key holds a grant on (spec 4). */
import type { ApiReads } from "../db/reads/call-reads.ts";
import type { RouteDocs } from "../domain/openapi/operations.ts";
import { ref } from "../domain/openapi/schema.ts";
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
  description: "The programs that the key has grants on, by slug, and what it may do there.",
  parameters: [],
  responses: {
    200: { description: "All of them.", content: { "application/json": ref("programs") } },
  },
};
