/** What every call does first that reads a program's applications. */
import type { ApiReads, CallReads } from "../domain/call-reads.ts";
import { requireActiveProgram } from "../domain/programs.ts";
import type { ProgramCall } from "../http/api-routes.ts";

/** Begins the reads of a call, once its program is known to be served. Throws what `requireActiveProgram` throws. */
export async function beginProgramReads(
  reads: ApiReads,
  { program, request }: ProgramCall<"READ">,
): Promise<CallReads> {
  const begun = reads.begin(request.signal);
  await begun.ofState((db) => requireActiveProgram(db, program));
  return begun;
}
