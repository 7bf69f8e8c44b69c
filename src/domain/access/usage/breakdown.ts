/** The calls of one key in the last days, by program and permission, and by client address. */
import { and, desc, eq, gte, max, min, sql, sum } from "drizzle-orm";
import type { Database } from "../../../db/client.ts";
import { apiKeyAddressCalls, apiKeyProgramCalls, programs } from "../../../db/schema.ts";
import type { Permission } from "../grants.ts";
import type { ApiKey } from "../keys/find.ts";
import { isCovered, type KeyReader } from "../people/roles.ts";
import { firstHistoryDay } from "./history.ts";
import { otherAddresses } from "./tallies.ts";

/** Calls with one permission on one program. */
export interface ProgramCalls {
  readonly slug: string;
  readonly programName: string;
  readonly permission: Permission;
  readonly callCount: number;
  /** The last day with a call, `YYYY-MM-DD`. */
  readonly lastDay: string;
}

/** Calls from one address. */
export interface AddressCalls {
  /** Null for all addresses that are not counted by themselves. */
  readonly address: string | null;
  readonly callCount: number;
  readonly firstAt: Date;
  readonly lastAt: Date;
}

/** Calls in the 30 days up to `today` by program and permission, the most first: of the programs that `actor` may see. */
export async function listProgramCalls(
  db: Database,
  { apiKeyId, actor, today }: { apiKeyId: number; actor: KeyReader; today: string },
): Promise<ProgramCalls[]> {
  const rows = await db
    .select({
      slug: programs.slug,
      programName: programs.name,
      permission: apiKeyProgramCalls.permission,
      calls: sum(apiKeyProgramCalls.callCount),
      lastDay: max(apiKeyProgramCalls.day),
    })
    .from(apiKeyProgramCalls)
    .innerJoin(programs, eq(programs.id, apiKeyProgramCalls.programId))
    .where(
      and(
        eq(apiKeyProgramCalls.apiKeyId, apiKeyId),
        gte(apiKeyProgramCalls.day, firstHistoryDay(today)),
        isCovered(actor, apiKeyProgramCalls.programId),
      ),
    )
    .groupBy(programs.id, apiKeyProgramCalls.permission)
    .orderBy(desc(sum(apiKeyProgramCalls.callCount)), programs.slug, apiKeyProgramCalls.permission);
  return rows.map(({ calls, lastDay, ...row }) => ({ ...row, callCount: Number(calls), lastDay: lastDay ?? today }));
}

/**
 * Calls in the 30 days up to `today` by address, the most first, the other addresses at the end. Empty when the key's
 * usage is not to be seen.
 */
export async function listAddressCalls(
  db: Database,
  { apiKey, today }: { apiKey: Pick<ApiKey, "id" | "callCount">; today: string },
): Promise<AddressCalls[]> {
  if (apiKey.callCount === null) return [];
  const isOther = sql<boolean>`${apiKeyAddressCalls.address} = ${otherAddresses}::inet`;
  const rows = await db
    .select({
      address: apiKeyAddressCalls.address,
      isOther,
      calls: sum(apiKeyAddressCalls.callCount),
      firstAt: min(apiKeyAddressCalls.firstAt),
      lastAt: max(apiKeyAddressCalls.lastAt),
    })
    .from(apiKeyAddressCalls)
    .where(and(eq(apiKeyAddressCalls.apiKeyId, apiKey.id), gte(apiKeyAddressCalls.day, firstHistoryDay(today))))
    .groupBy(apiKeyAddressCalls.address)
    .orderBy(isOther, desc(sum(apiKeyAddressCalls.callCount)), apiKeyAddressCalls.address);
  return rows.flatMap(({ address, isOther: areOthers, calls, firstAt, lastAt }) =>
    firstAt === null || lastAt === null
      ? []
      : { address: areOthers ? null : address, callCount: Number(calls), firstAt, lastAt },
  );
}
