/** Reads all applications that a filter finds, in batches: constant memory, and no query is left behind when the reader stops. */
import type { Database } from "../db/client.ts";
import { type ApplicationFilter, type ApplicationPage, listApplications } from "./applications.ts";
import type { GrantedProgram } from "./grants.ts";

const batchRows = 200;

/**
 * Gives ready JSON texts, ids descending, in batches. Each batch is a query of its own that starts
 * where the last one ended: nothing is held open in the database while the reader is slow, and an
 * application that was there at the start comes exactly once. One batch is read ahead.
 */
export async function* exportApplications(
  db: Database,
  input: ApplicationFilter & { program: GrantedProgram<"READ">; zone: string },
): AsyncGenerator<readonly string[]> {
  const readBatch = (before: bigint | null) =>
    listApplications(db, { ...input, before, limit: batchRows });
  let ahead: Promise<ApplicationPage> | undefined = readBatch(input.before);
  while (ahead !== undefined) {
    const page: ApplicationPage = await ahead;
    ahead = page.hasMore ? readBatch(page.lastApplicationId) : undefined;
    // A failure is thrown where it is awaited; until then it is not an unhandled one.
    ahead?.catch(() => undefined);
    yield page.applications;
  }
}
