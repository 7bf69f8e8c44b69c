/** `GET …/applications/erased`: what a client that keeps copies has to delete. */
import { listErased } from "../domain/applications/erasure/list.ts";
import { readQueryTime } from "../domain/applications/list-parameters.ts";
import { type ApiRoute, type ProgramCall, programRoute } from "../http/api-guard/routes.ts";
import { formatInstant } from "../lib/time/instants.ts";
import { erasedDocs } from "./application-docs.ts";
import type { ApplicationsDeps } from "./applications.ts";
import { respondWithJson } from "./json-answer.ts";
import { beginProgramReads } from "./program-reads.ts";

/** The route that lists erased applications. */
export function erasedApplicationRoutes(deps: ApplicationsDeps): ApiRoute[] {
  return [
    programRoute({
      method: "GET",
      path: "/admin/programs/:programSlug/applications/erased",
      permission: "READ",
      docs: erasedDocs,
      handle: (call) => respondWithErased(deps, call),
    }),
  ];
}

async function respondWithErased({ reads, zone }: ApplicationsDeps, call: ProgramCall<"READ">): Promise<Response> {
  const { program } = call;
  const since = readQueryTime(call.query, "since", zone) ?? null;
  const begun = await beginProgramReads(reads, call);
  const { erased, until } = await begun.ofState((db) => listErased(db, { program, since }));
  const times = new Map<bigint, string>();
  const entries = erased.map(({ applicationId, erasedAt }) => {
    const time = times.get(erasedAt) ?? formatInstant(erasedAt, zone);
    times.set(erasedAt, time);
    return `{"applicationId":${applicationId},"erasedAt":"${time}"}`;
  });
  // In UTC, because the `+` of an offset gets lost in addresses.
  return respondWithJson(`{"erased":[${entries.join(",")}],"until":"${formatInstant(until, "UTC")}"}`);
}
