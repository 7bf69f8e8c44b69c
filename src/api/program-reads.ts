/** What every call does first that reads a program's applications. */
import type { Database } from "../db/client.ts";
import type { ApiReads, CallReads } from "../db/reads/call-reads.ts";
import type { GrantedProgram } from "../domain/access/grants.ts";
import { requireActiveProgram } from "../domain/programs/granted.ts";
import type { ProgramCall } from "../http/api-guard/routes.ts";

/** Which application a call names: an id that nobody has checked. */
interface ApplicationOfCall {
  readonly program: GrantedProgram<"READ">;
  readonly applicationId: string;
}

/** Begins the reads of a call, once its program is known to be served. Throws what `requireActiveProgram` throws. */
export async function beginProgramReads(
  reads: ApiReads,
  { program, apiKey, request }: ProgramCall<"READ">,
): Promise<CallReads> {
  const begun = reads.begin({ apiKeyId: apiKey.id, signal: request.signal });
  await begun.ofState((db) => requireActiveProgram(db, program));
  return begun;
}

/** Reads something of the application that a call names. Throws what `requireActiveProgram` and `read` throw. */
export async function readOfApplication<T>(
  reads: ApiReads,
  call: ProgramCall<"READ">,
  read: (db: Database, of: ApplicationOfCall) => Promise<T>,
): Promise<T> {
  const begun = await beginProgramReads(reads, call);
  const of = { program: call.program, applicationId: call.params.applicationId ?? "" };
  return begun.ofApplications((db) => read(db, of));
}
