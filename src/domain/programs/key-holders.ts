/** The API keys that have grants on a program. */
import { and, desc, eq, gt, isNull, sql } from "drizzle-orm";
import type { Database } from "../../db/client.ts";
import { apiKeys, grants } from "../../db/schema.ts";
import type { Permission } from "../access/grants.ts";
import { type ApiKeyState, stateOf } from "../access/keys/find.ts";

/** A key that holds a grant on a program. */
export interface ProgramKey {
  readonly id: number;
  readonly keyId: string;
  readonly name: string;
  readonly state: ApiKeyState;
  readonly expiration: Date;
  readonly permissions: readonly Permission[];
}

/** The keys with grants on a program: those that work first, the newest of them first. */
export async function listProgramKeys(
  db: Database,
  input: { programId: number; now: Date; limit: number },
): Promise<{ apiKeys: ProgramKey[]; hasMore: boolean }> {
  const { id, keyId, name, expiration, retiredAt } = apiKeys;
  const works = and(isNull(retiredAt), gt(expiration, input.now));
  const found = await db
    .select({
      ...{ id, keyId, name, expiration, retiredAt },
      permissions: sql<Permission[]>`array_agg(${grants.permission} order by ${grants.permission})`,
    })
    .from(grants)
    .innerJoin(apiKeys, eq(id, grants.apiKeyId))
    .where(eq(grants.programId, input.programId))
    .groupBy(id)
    .orderBy(sql`(${works}) desc`, desc(id))
    .limit(input.limit + 1);
  return {
    apiKeys: found.slice(0, input.limit).map(({ retiredAt: at, ...key }) => ({
      ...key,
      state: stateOf({ retiredAt: at, expiration: key.expiration }, input.now),
    })),
    hasMore: found.length > input.limit,
  };
}
