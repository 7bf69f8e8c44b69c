/** How far an instance is from its first call. */
import type { Database } from "../../db/client.ts";
import { runPrepared } from "../../db/run-sql.ts";
import type { Permitted } from "../access/people/roles.ts";

/** How far an instance is. */
export interface FirstSteps {
  /** The program that was imported first. */
  readonly programSlug: string | null;
  readonly isPublished: boolean;
  readonly hasApplications: boolean;
  /** The newest key. */
  readonly apiKeyId: number | null;
  /** Whether any key was ever called with. */
  readonly wasCalled: boolean;
}

/** Reads how far the instance is, for those who make it ready. */
export async function readFirstSteps(db: Database, _: { actor: Permitted<"change keys"> }): Promise<FirstSteps> {
  const [steps] = await runPrepared<FirstSteps>(
    db,
    `select (select slug from programs order by id limit 1) as "programSlug",
       exists (select 1 from program_versions where stage = 'active') as "isPublished",
       exists (select 1 from applications) as "hasApplications",
       (select max(id)::float8 from api_keys) as "apiKeyId",
       exists (select 1 from api_key_usage where call_count > 0) as "wasCalled"`,
  );
  if (steps === undefined) throw new Error("a query without a row");
  return steps;
}
