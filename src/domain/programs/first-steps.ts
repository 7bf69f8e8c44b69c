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
  const [row] = await runPrepared<{
    slug: string | null;
    published: boolean;
    applied: boolean;
    key: string;
    called: boolean;
  }>(
    db,
    `select (select slug from programs order by id limit 1) as slug,
       exists (select 1 from program_versions where stage = 'active') as published,
       exists (select 1 from applications) as applied,
       (select max(id) from api_keys) as key,
       exists (select 1 from api_key_usage where call_count > 0) as called`,
  );
  if (row === undefined) throw new Error("a query without a row");
  return {
    programSlug: row.slug,
    isPublished: row.published,
    hasApplications: row.applied,
    apiKeyId: row.key === null ? null : Number(row.key),
    wasCalled: row.called,
  };
}
