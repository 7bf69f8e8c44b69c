/** Which key an application was submitted with, for the admin who looks at it. */
import type { Database } from "../../db/client.ts";
import { runPrepared } from "../../db/run-sql.ts";
import type { GrantedProgram } from "../access/grants.ts";

/** A key, as a page links to it. */
export interface SubmittingKey {
  readonly id: number;
  readonly name: string;
}

/** The key that submitted an application; null for one that was imported. */
export async function findSubmittingKey(
  db: Database,
  { program, applicationId }: { program: GrantedProgram<"READ">; applicationId: string },
): Promise<SubmittingKey | null> {
  const [key] = await runPrepared<{ id: string; name: string }>(
    db,
    `select api_keys.id, name from applications join api_keys on api_keys.id = submitted_by_key_id
     where program_id = $1 and application_id = $2`,
    [program.programId, applicationId],
  );
  return key === undefined ? null : { id: Number(key.id), name: key.name };
}
