/** `POST …/applications/:applicationId/status` and `GET …/history`: an application's status and its history. */
import { listStatusChanges, type StatusChange, setApplicationStatus } from "../domain/applications/status.ts";
import { readStatusForm } from "../domain/applications/status-form.ts";
import { requireActiveProgram } from "../domain/programs/granted.ts";
import { answerInTime } from "../http/answers/in-time.ts";
import { readJsonBody } from "../http/api-guard/json-body.ts";
import { type ApiRoute, type ProgramCall, programRoute } from "../http/api-guard/routes.ts";
import { formatInstant } from "../lib/time/instants.ts";
import { historyDocs, setStatusDocs } from "./application-status-docs.ts";
import type { ApplicationsDeps } from "./applications.ts";
import { respondWithJson } from "./json-answer.ts";
import { readOfApplication } from "./program-reads.ts";

/** More than the longest note takes, however it is escaped. */
const bodyBytesMax = 128 * 1024;
/** The newest ones; the others stay in the database. */
const changesMax = 1000;

/** The routes of an application's status. */
export function applicationStatusRoutes(deps: ApplicationsDeps): ApiRoute[] {
  return [
    programRoute({
      method: "POST",
      path: "/admin/programs/:programSlug/applications/:applicationId/status",
      permission: "WRITE",
      docs: setStatusDocs,
      handle: (call) => setStatus(deps, call),
    }),
    programRoute({
      method: "GET",
      path: "/admin/programs/:programSlug/applications/:applicationId/history",
      permission: "READ",
      docs: historyDocs,
      handle: (call) => respondWithHistory(deps, call),
    }),
  ];
}

async function setStatus(
  deps: ApplicationsDeps,
  { program, params, apiKey, request, now }: ProgramCall<"WRITE">,
): Promise<Response> {
  const form = readStatusForm(await readJsonBody(request, { bytesMax: bodyBytesMax }));
  const { applicationId = "" } = params;
  const setBy = { apiKeyId: apiKey.id, bytesPerDay: deps.writeBytesPerDay };
  const respond = async () => {
    const set = await deps.writeGate.run(
      async () => {
        await requireActiveProgram(deps.db, program);
        return setApplicationStatus(deps.db, { program, applicationId, form, setBy, now });
      },
      { apiKeyId: apiKey.id, signal: request.signal },
    );
    // Nothing else of the application: who may write need not be somebody who may read. A note that was
    // not sent is somebody else's, and one that the key is not shown stays hidden.
    const note =
      form.note === undefined || set.note === undefined ? "" : `,"application_note":${JSON.stringify(set.note)}`;
    return respondWithJson(
      `{"application_id":${set.applicationId},"status":${JSON.stringify(set.status)}` +
        `,"status_last_modified_time":${JSON.stringify(formatInstant(set.at, deps.zone))}${note}}`,
    );
  };
  return answerInTime({ startedMs: performance.now() }, respond());
}

async function respondWithHistory(deps: ApplicationsDeps, call: ProgramCall<"READ">): Promise<Response> {
  const changes = await readOfApplication(deps.reads, call, (db, of) =>
    listStatusChanges(db, { ...of, limit: changesMax }),
  );
  const payload = changes.map((change) => writeChange(change, deps.zone));
  return respondWithJson(JSON.stringify({ payload }));
}

function writeChange(change: StatusChange, zone: string) {
  return {
    status: change.status,
    note: change.note,
    time: formatInstant(change.at, zone),
    previous_status: change.previousStatus,
    previous_note: change.previousNote,
    source: change.apiKey !== null ? "API" : change.person !== null ? "PERSON" : "IMPORT",
    api_key_name: change.apiKey?.name ?? null,
  };
}
